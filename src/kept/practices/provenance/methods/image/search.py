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
_ASPECT = 0.22
_SHIFTS = int(np.log(LARGEST / SMALLEST) / STEP)
_FIRST = np.log(0.04 / LARGEST)
MAPS = _TURNS * _SHIFTS + _SHIFTS * (2 * round(_ASPECT / STEP) + 1)
"""How many maps the two searches tell apart."""


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
    first = np.log(1 / TILE / LARGEST)
    steps = np.arange(int((np.log(0.5) - first) / STEP))
    frequency = np.exp(first + steps * STEP) * spectrum.size
    across, along = np.broadcast_arrays(frequency[None], frequency[:, None])
    field = _sampled(spectrum, across, along) + _sampled(spectrum, across, -along)
    field -= cv2.blur(field, (65, 65))
    field /= field.std() + 1e-9
    shifts = np.rint((np.log(_quadrant() / TILE / LARGEST) - first) / STEP).astype(int)
    board = np.zeros((len(steps) + _SHIFTS + 8,) * 2, np.float32)
    board[: len(steps), : len(steps)] = field
    inside = np.zeros(len(board), np.float32)
    inside[: len(steps)] = 1
    total = np.zeros((_SHIFTS, _SHIFTS), np.float32)
    seen = np.zeros((_SHIFTS, _SHIFTS), np.float32)
    for right, down in shifts.tolist():
        total += board[down : down + _SHIFTS, right : right + _SHIFTS]
        seen += inside[down : down + _SHIFTS, None] * inside[right : right + _SHIFTS]
    total /= np.sqrt(seen + 20)
    along_axis = np.arange(_SHIFTS)
    total[np.abs(along_axis[:, None] - along_axis) * STEP > _ASPECT] = -9
    scales = LARGEST * np.exp(-along_axis * STEP)
    return [
        Candidate(score, np.diag([scales[right], scales[down]])) for score, down, right in _peaks(total, count, rows=0)
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
