"""A decoded picture: its pixels the right way up, and what has to be known to write it again as it was."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.containers.header import Attached

NOTHING = Attached()
Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels of uint8 or uint16 over their whole range, H×W, H×W×3 (RGB) or H×W×4 (RGBA), already the right way up.

    `attached` holds its colour profile, EXIF (turned upright with it) and XMP, opaque. `depth` is how many bits of a
    sample the file had, `quality` an estimate of what it was written with, `halved` whether its colour had half the
    resolution. `notes` say what of the file was not kept.
    """

    pixels: NDArray[Any] = field(repr=False)
    media_type: str
    depth: int = 8
    quality: int | None = None
    halved: bool = False
    lossless: bool = False
    attached: Attached = NOTHING
    notes: tuple[str, ...] = ()

    @property
    def icc(self) -> bytes | None:
        """The colour profile, as it stood in the file."""
        return self.attached.icc

    @property
    def exif(self) -> bytes | None:
        """The EXIF block from its byte order on; it may hold its maker's personal data, so it goes nowhere else."""
        return self.attached.exif

    def having(self, pixels: Pixels) -> "Picture":
        """The same picture with other pixels."""
        return replace(self, pixels=pixels)


def as_rgb(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels as H×W×3 of uint8; what is transparent is left out, and more than 8 bits are rounded down."""
    shallow = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    return np.repeat(shallow[..., None], 3, axis=2) if shallow.ndim == 2 else np.ascontiguousarray(shallow[..., :3])


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Pixels turned as EXIF's orientation 1 to 8 asks (CIPA DC-008, section 4.6.4)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    # After the transposition that 5 to 8 have in common: which of the axes runs backwards.
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
