"""Puts a mark into pixels: the pattern, shaped by what the picture hides, added to every channel.

1. The pattern is shaped at the working size, where a large picture costs no more than a small one.
2. It is brought to the picture's size and added, in bands, so that a large picture needs little memory.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE, Reals
from kept.practices.provenance.methods.image.perception import (
    Pixels,
    Plane,
    checked,
    luminance,
    masking,
)
from kept.practices.provenance.records import MarkKey, Payload

PSNR = 42.3
"""How near the marked picture stays, in dB, unless `strength` says otherwise."""
ROUGH = 1.0
"""By so much less near, in dB, a picture that is texture all over: it hides more, and its own lines hide the mark."""
_TEXTURE = (10, 16)
SMALLEST = 128
# Luminance per change of the pixels is most where each channel moves with its share of it; halfway there no tint shows.
_CHANNELS = np.array([0.65, 1.15, 0.4])
_CHANNELS /= np.sqrt(np.mean(_CHANNELS**2))
_ROUNDING = 1 / 12
_BAND = 256
_FIXED = 64


def embed(pixels: NDArray[Any], payload: Payload, key: MarkKey, *, strength: float = 1.0) -> Pixels:
    """The marked pixels, of the same shape and type; alpha is untouched, and `strength` multiplies the amplitude.

    Raises Invalid for what is no picture, or one of fewer than 128 pixels on a side.
    """
    picture = checked(pixels)
    if min(picture.shape[:2]) < SMALLEST:
        size = f"{picture.shape[1]} by {picture.shape[0]} pixels"
        raise Invalid(f"a picture of {size} can't hold a mark", hint=f"give {SMALLEST} or more on each side")
    channels = _CHANNELS if picture.ndim == 3 else np.ones(1)
    return added(picture, pattern(luminance(picture), payload, key, strength), channels)


def pattern(plane: Plane, payload: Payload, key: MarkKey, strength: float) -> Plane:
    """What to add to a luminance at the working size."""
    hidden, texture = masking(plane)
    near = PSNR - float(np.interp(texture, _TEXTURE, (0, ROUGH)))
    power = (255 * 10 ** (-near / 20)) ** 2 * strength**2 - _ROUNDING
    lines = lattice.carrier(key).target(payload) * lattice.amplitudes()
    change = _repeated(lattice.tile(lines), plane.shape) * hidden
    return change * np.float32(np.sqrt(power / float(np.mean(change * change))))


def _repeated(tile: Plane, shape: tuple[int, ...]) -> Plane:
    height, width = shape
    return np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]


def added(picture: Pixels, change: Plane, channels: Reals) -> Pixels:
    """The picture with the change brought to its size and added to every channel, rounded and clipped."""
    height, width = picture.shape[:2]
    wide: NDArray[Any] = np.clip(np.rint(change * _FIXED), -32768, 32767).astype(np.int16)
    if change.shape != (height, width):
        wide = cv2.resize(wide, (width, height), interpolation=cv2.INTER_CUBIC)
    scales = channels / _FIXED * (1 if picture.dtype == np.uint8 else 257)
    kind = cv2.CV_16S if picture.dtype == np.uint8 else cv2.CV_32S
    depth = cv2.CV_8U if picture.dtype == np.uint8 else cv2.CV_16U
    marked = np.empty_like(picture)
    for top in range(0, height, _BAND):
        rows = slice(top, min(top + _BAND, height))
        planes = [cv2.addWeighted(wide[rows], scale, wide[rows], 0, 0, dtype=kind) for scale in scales.tolist()]
        if picture.ndim == 3 and picture.shape[2] == 4:
            planes.append(np.zeros_like(planes[0]))
        band = planes[0] if picture.ndim == 2 else cv2.merge(planes)
        cv2.add(picture[rows], band, dst=marked[rows], dtype=depth)
    return marked
