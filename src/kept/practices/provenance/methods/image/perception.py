"""What of a picture the eye and the detector see: its luminance, its detail, and where that hides a mark."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.image.lattice import LONG_SIDE

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Plane = NDArray[np.float32]
# What a pixel hides is base + h (1 + bend h), h its texture over the mean, up to a most; between these many pixels.
_EVEN = (150_000, 600_000)
_SMALL_MASK = np.array([0.6, 0.0, 2.5])
_LARGE_MASK = np.array([0.12, 0.22, 4.5])
_CONVERSIONS = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


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


def seen(plane: Plane) -> Plane:
    """The detail of a luminance over the root of its local spread, edges clipped.

    The root weighs each pixel about as the mark's share in it asks, which grows with the spread too.
    """
    smooth = _full(cv2.blur(cv2.blur(_half(plane), (3, 3)), (5, 5)), plane)
    # Two planes are used again and again: fresh memory costs more than the arithmetic does.
    detail = np.subtract(plane, smooth, out=smooth)
    board = detail * detail
    spread = np.sqrt(cv2.blur(_half(board), (3, 3)).clip(0)) + np.float32(1.5)
    detail *= _full(1 / spread, plane, board)
    np.clip(detail, -2.5, 2.5, out=detail)
    detail *= _full(np.sqrt(spread), plane, board)
    return detail


def masking(plane: Plane) -> tuple[Plane, float]:
    """How much change each pixel hides, relative: more where there is texture, less along edges; and the mean texture.

    In a large picture more than in proportion: what is gathered where it is rough survives compression, which levels
    what is plain. In a small one nearly evenly, since nothing may be left out there.
    """
    fine = plane - cv2.blur(plane, (5, 5))
    spread = np.sqrt(cv2.blur(_half(fine * fine), (5, 5)).clip(0))
    hides = np.minimum(spread, cv2.blur(spread, (11, 11)) * np.float32(1.5))
    texture = float(hides.mean())
    hides /= np.float32(max(texture, 0.3))
    even, uneven = _EVEN
    large = np.interp(plane.size, (even, uneven), (0, 1))
    base, bend, most = _SMALL_MASK + large * (_LARGE_MASK - _SMALL_MASK)
    hides = np.minimum(hides, np.float32(most))
    return _full(np.float32(base) + hides * (1 + hides * np.float32(bend)), plane), texture


def _half(plane: NDArray[Any]) -> NDArray[Any]:
    """What changes slowly is computed on every other pixel."""
    height, width = plane.shape
    return cv2.resize(plane, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)


def _full(plane: NDArray[Any], like: Plane, board: Plane | None = None) -> Plane:
    height, width = like.shape
    return np.asarray(cv2.resize(plane, (width, height), dst=board, interpolation=cv2.INTER_LINEAR), np.float32)
