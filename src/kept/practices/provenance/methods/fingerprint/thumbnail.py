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
_LUMA = (19595, 38470, 7471)
_STRIP = 1 << 22  # values that are weighed at a time


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """32 x 32 greys of a picture: uint8 or uint16, H x W, H x W x 3 (RGB) or H x W x 4 (RGBA)."""
    shallow = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    return _resized(_grey(_trimmed(_opaque(shallow))))


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture over white, where it is transparent at all."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colours, alpha = pixels[..., :3], pixels[..., 3:].astype(np.uint32)
    if (alpha == 255).all():
        return colours
    # Pillow's exact composition on an opaque ground: weights of alpha in units of 2^-7, rounded as it rounds them.
    weighed = colours * alpha + 255 * (255 - alpha)
    rounded = weighed + 128
    return ((rounded + (rounded >> 8)) >> 8).astype(np.uint8)


def _trimmed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture without a border that is all of the colour of the first pixel."""
    differs = pixels != pixels[0, 0]
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return pixels
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.ndim == 2:
        return pixels
    red, green, blue = (pixels[..., band].astype(np.uint32) * weight for band, weight in enumerate(_LUMA))
    return ((red + green + blue + 0x8000) >> 16).astype(np.uint8)


def _resized(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    across = _weights(grey.shape[1])
    step = max(1, _STRIP // grey.shape[1])
    narrow = np.concatenate([_rounded(grey[at : at + step] @ across.T) for at in range(0, len(grey), step)])
    return _rounded(_weights(grey.shape[0]) @ narrow)


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
