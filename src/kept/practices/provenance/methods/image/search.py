"""Where a pattern may lie that was turned, scaled or stretched, whatever the key, by the sum over all its lines.

The lattice of lines looks the same after a quarter turn and in a mirror, so one quadrant is searched. A turn and a
scale shift the lines in log-polar coordinates, a scale along each axis in logarithmic ones; each search adds the
spectrum up along all lines for every shift.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE
from kept.practices.provenance.methods.image.perception import Plane
from kept.practices.provenance.methods.image.spectrum import Matrix, Spectrum

SMALLEST, LARGEST = 0.33, 2.4
"""The scales that are searched, in working pixels per pattern pixel."""
STEP = 0.004
_TURNS = 400
_LEANS = 30
"""Half the logarithm of the aspect changes by up to so many steps: by 27 %."""
_SHIFTS = int(np.log(LARGEST / SMALLEST) / STEP)
_FIRST = np.log(0.04 / LARGEST)


@dataclass(frozen=True)
class Candidate:
    """A map from pattern to working pixels, without its shift, up to quarter turns and mirroring."""

    score: float
    matrix: Matrix


def candidates(spectrum: Spectrum, count: int) -> list[Candidate]:
    """The most likely maps, best first: `count` of each kind."""
    found = _turned(spectrum, count) + _stretched(spectrum, count)
    return sorted(found, key=lambda each: -each.score)


def _turned(spectrum: Spectrum, count: int) -> list[Candidate]:
    steps = np.arange(int((np.log(0.5) - _FIRST) / STEP))
    radius = np.exp(_FIRST + steps * STEP) * spectrum.size
    angle = np.arange(_TURNS) * (np.pi / 2 / _TURNS)
    across, along = np.cos(angle)[:, None] * radius, np.sin(angle)[:, None] * radius
    field = _sampled(spectrum, across, along) + _sampled(spectrum, along, -across)
    field -= field.mean(axis=0, keepdims=True)
    field /= field.std() + 1e-9
    columns, rows = _quadrant().T
    turns = np.rint(np.arctan2(rows, columns) / (np.pi / 2) * _TURNS).astype(int) % _TURNS
    shifts = np.rint((np.log(np.hypot(rows, columns) / TILE / LARGEST) - _FIRST) / STEP).astype(int)
    board = np.zeros((2 * _TURNS, len(steps) + _SHIFTS + 8), np.float32)
    board[:_TURNS, : len(steps)] = board[_TURNS:, : len(steps)] = field
    inside = np.zeros(board.shape[1], np.float32)
    inside[: len(steps)] = 1
    total = np.zeros((_TURNS, _SHIFTS), np.float32)
    seen = np.zeros(_SHIFTS, np.float32)
    for turn, shift in zip(turns.tolist(), shifts.tolist(), strict=True):
        total += board[turn : turn + _TURNS, shift : shift + _SHIFTS]
        seen += inside[shift : shift + _SHIFTS]
    total /= np.sqrt(seen + 20)
    return [
        Candidate(score, _similarity(turn / _TURNS * np.pi / 2, LARGEST * np.exp(-shift * STEP)))
        for score, turn, shift in _peaks(np.pad(total, ((4, 4), (0, 0)), mode="wrap"), count, rows=4)
    ]


def _stretched(spectrum: Spectrum, count: int) -> list[Candidate]:
    # The mean of both logarithms and half their difference: only a narrow band of the latter is searched.
    lines = np.log(_quadrant() / TILE)
    means, leans = lines.mean(axis=1), (lines[:, 0] - lines[:, 1]) / 2
    first, widest = means.min() - np.log(LARGEST), np.abs(leans).max() + _LEANS * STEP
    steps = np.arange(int((np.log(0.5) - first) / STEP))
    sides = np.arange(-int(widest / STEP) - 1, int(widest / STEP) + 2)
    mean, lean = np.exp(first + steps * STEP) * spectrum.size, np.exp(sides * STEP)[:, None]
    across, along = lean * mean, mean / lean
    field = _sampled(spectrum, across, along) + _sampled(spectrum, across, -along)
    inside = (np.maximum(across, along) < spectrum.size / 2).astype(np.float32)
    field = (field - cv2.blur(field, (65, 65))) * inside
    field /= field.std() + 1e-9
    board = np.zeros((2, len(sides), len(steps) + _SHIFTS + 8), np.float32)
    board[0, :, : len(steps)], board[1, :, : len(steps)] = field, inside
    tops = np.rint(leans / STEP).astype(int) - sides[0] - _LEANS
    starts = np.rint((means - np.log(LARGEST) - first) / STEP).astype(int)
    total, used = np.zeros((2, 2 * _LEANS + 1, _SHIFTS), np.float32)
    for top, start in zip(tops.tolist(), starts.tolist(), strict=True):
        total += board[0, top : top + 2 * _LEANS + 1, start : start + _SHIFTS]
    for top, start in zip(tops.tolist()[::8], starts.tolist()[::8], strict=True):
        used += board[1, top : top + 2 * _LEANS + 1, start : start + _SHIFTS] * 8
    total /= np.sqrt(used + 20)
    return [
        Candidate(score, LARGEST * np.exp(-shift * STEP) * np.diag(np.exp(np.array([-1, 1]) * (lean - _LEANS) * STEP)))
        for score, lean, shift in _peaks(total, count, rows=0)
    ]


def _peaks(field: Plane, count: int, *, rows: int) -> list[tuple[float, int, int]]:
    """The highest local peaks, their row counted from `rows`."""
    highest = cv2.dilate(field, np.ones((7, 7), np.uint8))
    kept = np.where(field >= highest, field, -9)[rows : len(field) - rows]
    order = np.argpartition(kept.ravel(), -count)[-count:]
    return [(float(kept.flat[at]), *divmod(int(at), kept.shape[1])) for at in order]


def _sampled(spectrum: Spectrum, across: NDArray[np.float64], along: NDArray[np.float64]) -> Plane:
    """The power at frequencies in bins: `across` is never negative, `along` may be."""
    half = spectrum.size // 2
    rolled = np.roll(spectrum.power, half, axis=0)
    sampled = cv2.remap(rolled, across.astype(np.float32), (along + half).astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(sampled, np.float32)


@cache
def _quadrant() -> NDArray[np.intp]:
    lines = lattice.frequencies()
    return lines[lines[:, 0] > 0]


def _similarity(angle: float, scale: float) -> Matrix:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])
