"""Small pictures with something in them, no two alike, as PNG."""

from functools import cache

import numpy as np

from kept.practices.provenance.backends.pictures import write
from kept.practices.provenance.methods.picture import Picture


@cache
def drawn(seed: int) -> bytes:
    noise = np.random.default_rng(seed).normal(0, 12, (320, 320, 3))
    y, x = np.mgrid[0:320, 0:320]
    shade = 128 + 60 * np.sin(x / (11 + seed)) * np.cos(y / 17)
    pixels = np.clip(shade[..., None] + noise, 0, 255).astype(np.uint8)
    return write(Picture(pixels, "image/png"), "image/png")
