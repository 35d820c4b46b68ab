"""How bright a picture is, cell by cell, on the grid of the picture that was marked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.records import Geometry

_LUMA = np.array((0.299, 0.587, 0.114), np.float32)
# Points that are averaged over a cell's side, at the least; larger pictures are first made smaller.
_POINTS = 4.5
# The part of a cell that must lie in the picture.
_COVERED = 0.7
_STRIP = 1 << 22
# Positions further out than this, in cells, are no picture's.
_FURTHEST = 4096

Means = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cells:
    """Mean luminance (0 to 255) of each cell, NaN where the picture doesn't cover it; and which cell is the first."""

    means: Means
    row: int
    column: int


def cells(pixels: NDArray[Any], geometry: Geometry, side: int) -> Cells:
    """The cells of `side` pixels of the marked picture that a picture covers.

    `pixels` is uint8 or uint16, H x W, H x W x 3 or H x W x 4; the geometry tells where each one was when marked.
    """
    a, b, c, d, e, f = geometry.matrix
    spacing = max(np.hypot(a, d), np.hypot(b, e))
    step = max(1, int(side / spacing / _POINTS))
    grey = _reduced(pixels, step)
    ys, xs = (np.arange(size) * step + (step - 1) / 2 for size in grey.shape)
    columns = np.floor((a * xs + b * ys[:, None] + c + 0.5) / side).astype(np.int64)
    rows = np.floor((d * xs + e * ys[:, None] + f + 0.5) / side).astype(np.int64)
    row, column = int(rows.min()), int(columns.min())
    height, width = int(rows.max()) - row + 1, int(columns.max()) - column + 1
    if max(height, width, abs(row), abs(column)) > _FURTHEST:
        return Cells(np.full((1, 1), np.nan, np.float32), 0, 0)
    places = ((rows - row) * width + columns - column).ravel()
    counts = np.bincount(places, minlength=height * width)
    sums = np.bincount(places, grey.ravel(), minlength=height * width)
    expected = (side / step) ** 2 / abs(a * e - b * d)
    covered = counts >= max(1.0, _COVERED * expected)
    means = np.where(covered, sums / np.maximum(counts, 1), np.nan).astype(np.float32)
    return Cells(means.reshape(height, width), row, column)


def _reduced(pixels: NDArray[Any], step: int) -> Means:
    """Luminance of 0 to 255, averaged over squares of `step` pixels; what is left over at the edges is left out."""
    height, width = (size // step for size in pixels.shape[:2])
    if not height or not width:
        return _reduced(pixels, 1)
    means = np.empty((height, width), np.float32)
    rows = max(1, _STRIP // (step * pixels.shape[1]))
    for begin in range(0, height, rows):
        part = pixels[begin * step : (begin + rows) * step, : width * step]
        part = part[: len(part) // step * step]
        # Rows first, then luminance, then columns: each step has less to add up than the one before.
        sums = part[::step].astype(np.float32)
        for row in range(1, step):
            sums += part[row::step]
        bright = sums if sums.ndim == 2 else sums[..., :3] @ _LUMA if sums.shape[2] > 2 else sums[..., 0]
        means[begin : begin + rows] = bright[:, ::step]
        for column in range(1, step):
            means[begin : begin + rows] += bright[:, column::step]
    means /= np.float32(step**2 * (257 if pixels.dtype == np.uint16 else 1))
    return means
