"""The 32 x 32 grey pixels from which the content code of a picture is computed.

ISO 24138 leaves their preparation to the reader of the file; this does what ISCC's own toolkit does (white below what
is transparent, a border of one colour cut off, luma of ITU-R BT.601, then Pillow's bicubic filter), and gives the very
same bytes: across first, then down. (Newer Pillows take tall pictures the other way, which may shift a grey by one.)
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 32
# Pillow computes with 22 fractional bits in 32-bit integers, and rounds to whole greys between the two directions.
_FRACTION = 22
# Luma of BT.601 in units of 2^-16.
_LUMA = np.array((19595, 38470, 7471), np.float32)
_STRIP = 1 << 20  # values that are weighed at a time


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """32 x 32 greys of a picture: uint8 or uint16, H x W, H x W x 3 (RGB) or H x W x 4 (RGBA)."""
    shown = pixels[_within_border(pixels)]
    across = _weights(shown.shape[1])
    step = max(1, _STRIP // shown.shape[1])
    strips = (_grey(_opaque(_shallow(shown[at : at + step]))) for at in range(0, len(shown), step))
    narrow = np.concatenate([_rounded(grey @ across.T) for grey in strips])
    return _rounded(_weights(len(shown)) @ narrow)


def _shallow(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture over white, where it is transparent at all."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colours, alpha = pixels[..., :3], pixels[..., 3:].astype(np.uint32)
    if (alpha == 255).all():
        return colours
    # Pillow's exact composition on an opaque ground, rounded as it rounds.
    rounded = colours * alpha + 255 * (255 - alpha) + 128
    return ((rounded + (rounded >> 8)) >> 8).astype(np.uint8)


def _within_border(pixels: NDArray[Any]) -> tuple[slice, slice]:
    """Where the picture is without a border that is all of the colour of the first pixel."""
    corner = _opaque(_shallow(pixels[:1, :1]))

    def blank(part: NDArray[Any]) -> bool:
        return bool((_opaque(_shallow(part)) == corner).all())

    height, width = pixels.shape[:2]
    top = next((row for row in range(height) if not blank(pixels[row : row + 1])), None)
    if top is None:
        return slice(0, height), slice(0, width)
    bottom = next(row for row in reversed(range(height)) if not blank(pixels[row : row + 1]))
    left = next(column for column in range(width) if not blank(pixels[top : bottom + 1, column : column + 1]))
    right = next(
        column for column in reversed(range(width)) if not blank(pixels[top : bottom + 1, column : column + 1])
    )
    return slice(top, bottom + 1), slice(left, right + 1)


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Whole greys; 32-bit floats hold the weighted sums exactly, which stay below 2^24."""
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    weighed: NDArray[np.float32] = pixels.astype(np.float32) @ _LUMA
    weighed += 0x8000
    weighed /= 1 << 16
    return np.floor(weighed, out=weighed)


def _rounded(sums: NDArray[np.float64]) -> NDArray[np.uint8]:
    whole = (sums.astype(np.int64) + (1 << (_FRACTION - 1))) >> _FRACTION
    greys: NDArray[np.uint8] = np.clip(whole, 0, 255).astype(np.uint8)
    return greys


@lru_cache(maxsize=16)
def _weights(size: int) -> NDArray[np.float64]:
    """How much each of `size` pixels counts in each of the 32, in whole units of 2^-22: 32 x size.

    R. Keys's cubic with a = -1/2, widened to the scale; floats hold these whole numbers and their sums exactly.
    """
    scale = size / SIDE
    stretch = max(scale, 1.0)
    support = 2.0 * stretch
    weights = np.zeros((SIDE, size))
    for place in range(SIDE):
        centre = (place + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), size)
        shape = _cubic((np.arange(first, last) - centre + 0.5) / stretch)
        shape /= shape.sum()
        weights[place, first:last] = np.trunc(shape * (1 << _FRACTION) + np.copysign(0.5, shape))
    return weights


def _cubic(distance: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * -0.5
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))
