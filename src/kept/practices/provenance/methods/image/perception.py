"""What of a picture the eye and the detector see: its luminance, its detail, and where that hides a mark."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.image.lattice import LONG_SIDE

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Plane = NDArray[np.float32]
_CONVERSIONS = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


class Seen(NamedTuple):
    """A luminance as the detector reads it: its detail over the local spread, clipped, and 1 / spread."""

    residual: Plane
    weight: Plane


def checked(pixels: NDArray[Any]) -> Pixels:
    """The same pixels; raises Invalid for what is no picture of 8 or 16 bits, grey, RGB or RGBA."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise Invalid(f"pixels of type {pixels.dtype}", hint="give unsigned integers of 8 or 16 bits")
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in _CONVERSIONS)):
        raise Invalid(
            f"pixels of shape {pixels.shape}", hint="give (height, width), and 3 or 4 channels where coloured"
        )
    return pixels


def working_size(height: int, width: int) -> tuple[int, int]:
    """The height and width at which a picture of that size is marked and looked at."""
    longest = max(height, width)
    if longest <= LONG_SIDE:
        return height, width
    return max(1, round(height * LONG_SIDE / longest)), max(1, round(width * LONG_SIDE / longest))


def luminance(pixels: Pixels) -> Plane:
    """The luminance between 0 and 255 at the working size (weights of ITU-R BT.601)."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, _CONVERSIONS[pixels.shape[2]])
    height, width = working_size(*grey.shape[:2])
    if grey.shape[:2] != (height, width):
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    plane = grey.astype(np.float32)
    return plane if pixels.dtype == np.uint8 else plane / np.float32(257)


def seen(plane: Plane) -> Seen:
    """The detail of a luminance over its local spread, clipped, so that no edge outweighs a plain area."""
    detail = plane - cv2.GaussianBlur(plane, (0, 0), 3)
    spread = np.sqrt(np.maximum(cv2.blur(detail * detail, (17, 17)), 0)) + np.float32(1.5)
    weight: Plane = (1 / spread).astype(np.float32, copy=False)
    return Seen(np.clip(detail * weight, -2.5, 2.5), weight)


def masking(plane: Plane) -> Plane:
    """How much change each pixel hides, relative: more than in proportion where there is texture, less along edges.

    What is gathered where a picture is rough survives compression, which levels what is plain.
    """
    fine = plane - cv2.blur(plane, (5, 5))
    spread = np.sqrt(np.maximum(cv2.blur(fine * fine, (9, 9)), 0))
    around = cv2.GaussianBlur(spread, (0, 0), 6) * np.float32(1.5)
    hides = np.minimum(np.minimum(spread, around), np.float32(20))
    hidden: Plane = np.float32(0.2) + hides * (1 + hides * np.float32(0.05))
    return hidden
