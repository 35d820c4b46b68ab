"""Where a pattern may lie that was both turned and stretched, or sheared: any affine map near a turn and a scale.

Such a map leans the pattern by a small symmetric stretch, scales it and turns it. In log-polar coordinates a lean
shifts each line by little, and lines of one direction alike. So the spectrum is added up along the lines of each sector
of directions once, for every turn and scale; each lean then only adds up the sectors, shifted. The likeliest maps are
made finer on the spectrum itself. Nothing here depends on a key.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE
from kept.practices.provenance.methods.image.perception import Plane
from kept.practices.provenance.methods.image.spectrum import Matrix, Spectrum

WINDOW = 512
"""So many pixels around the centre are looked at: the more, the finer all steps would have to be."""
SMALLEST, LARGEST = 0.4, 2.2
_TURNS = 157
_STEP = np.pi / 2 / _TURNS
_SCALES = round(np.log(LARGEST / SMALLEST) / _STEP)
_REACH = 11
"""Leans by up to so many steps: half the logarithm of an aspect, as much as a shear by a fifth."""
_APART = 1.4
_SECTORS = 36
_COARSE = 64
_NEIGHBOURS = np.concatenate([np.zeros((1, 4)), np.eye(4), -np.eye(4)])
# Whole numbers add up in half the time: in sevenths of a spread, of which all lines together stay below 2¹⁵.
_FIXED, _MOST = 7, 57
_FIRST = float(np.log(0.04 / LARGEST)) - _REACH * _STEP

Numbers = NDArray[np.intp]
Points = NDArray[np.float64]
"""(n, 4) of the logarithm of a scale, a turn in radians, and a lean along the axes and between them."""


def candidates(window: Spectrum, whole: Spectrum, count: int) -> Matrix:
    """The likeliest maps from pattern to working pixels, (count, 2, 2), by the spectra of WINDOW pixels and of all."""
    best, lean = _added(window)
    highest = cv2.dilate(best, np.ones((3, 3), np.uint8))
    kept = np.where(best >= highest, best, -np.inf).ravel()
    turn, scale = np.divmod(np.argpartition(kept, -_COARSE)[-_COARSE:], _SCALES)
    points = np.column_stack([np.log(LARGEST) - scale * _STEP, turn * _STEP, _leans()[lean[turn, scale]] * _STEP])
    for spectrum, step in ((window, 0.006), (window, 0.003), (window, 0.003), (whole, 0.0015)):
        tried = points[:, None] + step * _NEIGHBOURS
        agreed = _agreed(spectrum, maps(tried.reshape(-1, 4))).reshape(len(points), -1)
        points = tried[np.arange(len(points)), agreed.argmax(axis=1)]
        points = points[np.argsort(-agreed.max(axis=1), kind="stable")[:count]]
    return maps(points)


def maps(points: Points) -> Matrix:
    """The maps from pattern to working pixels: leant, then scaled, then turned; (n, 2, 2)."""
    scale, turn, along, between = points.T
    lean = np.hypot(along, between)
    wide, narrow = np.cosh(lean), np.sinh(lean) / np.maximum(lean, 1e-12)
    leant = np.stack([wide + narrow * along, narrow * between, narrow * between, wide - narrow * along], axis=-1)
    cosine, sine = np.exp(scale) * np.cos(turn), np.exp(scale) * np.sin(turn)
    turned = np.stack([cosine, -sine, sine, cosine], axis=-1)
    found: Matrix = turned.reshape(-1, 2, 2) @ leant.reshape(-1, 2, 2)
    return found


def _added(spectrum: Spectrum) -> tuple[Plane, Numbers]:
    """For every turn and scale the sum over all lines under the best lean, and which one that is."""
    lines = lattice.frequencies()
    radius, angle = np.hypot(*lines.T) / TILE, np.arctan2(lines[:, 1], lines[:, 0])
    sectors = (angle / np.pi * _SECTORS).astype(int)
    rows = (np.rint(angle / _STEP).astype(int) - _REACH) % (2 * _TURNS)
    columns = np.rint((np.log(radius / LARGEST) - _FIRST) / _STEP).astype(int) - _REACH
    field, inside = _field(spectrum)
    high, wide = _TURNS + 2 * _REACH, _SCALES + 2 * _REACH
    sums, seen = np.zeros((_SECTORS, high, wide), np.int16), np.zeros(_SCALES, np.float32)
    for sector, row, column in zip(sectors.tolist(), rows.tolist(), columns.tolist(), strict=True):
        sums[sector] += field[row : row + high, column : column + wide]
        seen += inside[column + _REACH : column + _REACH + _SCALES]
    best, lean = np.full((_TURNS, _SCALES), -(1 << 15), np.int16), np.zeros((_TURNS, _SCALES), np.intp)
    total = np.empty_like(best)
    for number, shifts in enumerate(_shifts()):
        total[...] = 0
        for part, (down, right) in zip(sums, shifts, strict=True):
            total += part[down : down + _TURNS, right : right + _SCALES]
        better = total > best
        np.copyto(best, total, where=better)
        lean[better] = number
    return best / np.sqrt(seen + 20), lean


def _field(spectrum: Spectrum) -> tuple[NDArray[np.int16], Plane]:
    """The power by direction, twice round half the plane, and logarithm of the frequency; and which of these exist."""
    steps = round((np.log(0.25 / LARGEST) - _FIRST) / _STEP) + _SCALES + 2 * _REACH + 2
    length = np.exp(_FIRST + np.arange(steps) * _STEP)
    angle = np.arange(2 * _TURNS) * _STEP
    across, along = np.cos(angle)[:, None] * length, np.sin(angle)[:, None] * length
    size, upright = spectrum.size, np.where(across < 0, -1, 1)
    rolled = cv2.blur(np.roll(spectrum.power, size // 2, axis=0), (2, 2))
    columns, rows = across * upright * size, along * upright * size + size // 2
    field = np.asarray(
        cv2.remap(rolled, columns.astype(np.float32) + 0.5, rows.astype(np.float32) + 0.5, cv2.INTER_LINEAR), np.float32
    )
    field -= field.mean(axis=0, keepdims=True)
    inside = (length < 0.5).astype(np.float32)
    field *= inside * (_FIXED / (field.std() + 1e-9))
    whole = np.rint(np.clip(field, -_MOST, _MOST)).astype(np.int16)
    return np.concatenate([whole, whole]), inside


def _agreed(spectrum: Spectrum, tried: Matrix) -> NDArray[np.float32]:
    """By how much the power on the lines under each map is above the mean, over its spread."""
    inverse = np.linalg.inv(tried) * (spectrum.size / TILE)
    at = inverse.transpose(0, 2, 1).astype(np.float32) @ lattice.frequencies().T.astype(np.float32)
    across, along = at[:, 0], at[:, 1]
    along = np.where(across < 0, -along, along)
    across = np.abs(across, out=across)
    most = spectrum.size // 2 - 2
    inside = (across < most) & (np.abs(along) < most)
    column, row = np.rint(across).astype(np.int32), np.rint(along).astype(np.int32)
    row[row < 0] += spectrum.size
    cell = np.where(inside, row * np.int32(spectrum.power.shape[1]) + column, 0)
    above = np.take(spectrum.power, cell) - 1
    above *= inside
    found: NDArray[np.float32] = above.sum(axis=1) / np.sqrt(inside.sum(axis=1) + 20).astype(np.float32)
    return found


@cache
def _leans() -> Points:
    """The leans that are tried, in steps along the axes and between them: all within reach."""
    most = int(_REACH / _APART)
    grid = np.mgrid[-most : most + 1, -most : most + 1].reshape(2, -1).T * _APART
    within: Points = grid[np.hypot(*grid.T) <= _REACH - 0.5]
    return within


@cache
def _shifts() -> list[list[tuple[int, int]]]:
    """For each lean and sector, by how much the sum over its lines is shifted: in turns and in scales."""
    angle = (np.arange(_SECTORS) + 0.5) * (np.pi / _SECTORS)
    lines = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.column_stack([np.zeros((len(_leans()), 2)), _leans() * _STEP])
    leant: Points = np.einsum("sk,nkj->nsj", lines, np.linalg.inv(maps(points)))
    aside = np.arctan2(leant[..., 1], leant[..., 0]) - angle
    aside = (aside + np.pi) % (2 * np.pi) - np.pi
    further = np.log(np.hypot(leant[..., 0], leant[..., 1]))
    steps = np.rint(np.stack([aside, further], axis=-1) / _STEP).astype(int) + _REACH
    return [[(down, right) for down, right in each] for each in np.clip(steps, 0, 2 * _REACH).tolist()]
