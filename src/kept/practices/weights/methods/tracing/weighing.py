"""How much each value of a suspect speaks for or against a mark, given the original that it was laid on.

What is left when the original is subtracted is a mark, or what somebody did to hide it, or both. A value's weight is
near what would tell best if the rest were normal in each row: amplitude × expected difference / variance. It is a
function of suspect and original alone, so that whatever it is, the statistic under it is as sure as it says.

1. Rows, and columns where that explains much, are scaled back to the original's.
2. What was pruned says nothing, and is left out.
3. Of a value that was rounded coarsely only its cell is known: the difference is what is expected within the cell.
4. The spread of the rest is told robustly, and differences are clipped at 3 of it, so that a few can't drown the rest.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.tracing.cells import half_widths
from kept.practices.weights.methods.tracing.numbers import Floats, Numbers

Mask = NDArray[np.bool_]

_CLIP = 3.0
_FAR = 4.0
_OUT = 6.0
_LEAST_SPREAD = 0.25
"""Of the mark's amplitude: rows that lie nearer to the original than that can't carry a mark, and don't weigh more."""
_NORMAL = 1.4826
_FLIPS = (np.pi / 2) ** 0.5
_LONG = 64
_EXPLAINED = 0.8
_WIDE = 512


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weights for rows of one tensor of the original, in ascending order: `weights` × `scales`, (rows, columns)."""

    tensor: str
    rows: NDArray[np.intp]
    weights: NDArray[np.int8] = field(repr=False)
    scales: Numbers = field(repr=False)

    @property
    def values(self) -> int:
        """How many values say anything."""
        return int(np.count_nonzero(self.weights))


def weigh(suspect: Floats, original: Floats, amplitude: Floats) -> tuple[NDArray[np.int8], Numbers]:
    """The weights of a suspect's rows as 8-bit numbers and a scale for each row.

    `suspect` and `original` are (rows, columns), laid on each other; what is missing from the suspect is nan.
    `amplitude`, (rows, 1), is how far a mark moves a value there.
    """
    known = np.isfinite(suspect) & np.isfinite(original) & (original != 0)
    given, base = np.where(known, suspect, 0), np.where(known, original, 0)
    half = half_widths(np.where(known, suspect, np.nan)) if known.any() else None
    known &= ~_pruned(given, base, half, known)
    factor = _factors(given, base, known)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        difference = np.where(known, given / factor - base, 0)
        if half is None:
            weights = _fine(difference, known, amplitude)
        else:
            weights = _coarse(difference, np.where(known, half / np.abs(factor), 0), known, amplitude)
    return _packed(np.where(known & np.isfinite(weights), weights, 0).astype(np.float32))


def _pruned(given: Floats, base: Floats, half: Floats | None, known: Mask) -> Mask:
    """Zeros, where there are more of them than rounding explains."""
    zeros = known & (given == 0)
    expected = 0 if half is None else int(np.count_nonzero(known & (np.abs(base) <= half)))
    found: Mask = zeros & (np.count_nonzero(zeros) > 1.5 * expected + 0.001 * np.count_nonzero(known))
    return found


def _factors(given: Floats, base: Floats, known: Mask) -> Floats:
    """By what the original's rows, and its columns too where they differ, were multiplied: (rows, columns or 1)."""
    known = known & ~_outlying(given, base, known)
    base = np.where(known, base, 0)
    given = np.where(known, given, 0)
    axis = 1 if base.shape[1] >= _LONG else None
    rows = _slope(given, base, axis)
    if len(base) < _LONG:
        return rows
    level = given / np.where(rows == 0, np.inf, rows)
    columns = _slope(level, base, 0)
    plain, better = (float(np.sum((level - base * by) ** 2)) for by in (1.0, columns))
    if better > _EXPLAINED * plain:
        return rows
    for _ in range(3):
        rows = _slope(given, base * columns, axis)
        columns = _slope(given / np.where(rows == 0, np.inf, rows), base, 0)
    return rows * columns


def _outlying(given: Floats, base: Floats, known: Mask) -> Mask:
    """Values so far from their row's usual multiple of the original that they would bend it."""
    looked = slice(None, None, max(1, given.shape[1] // _WIDE))
    large = known & (np.abs(base) > 0.5 * np.mean(np.abs(base), axis=1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(large, given / base, np.nan)[:, looked]
    usual = _median(ratios)
    apart = np.abs(given - usual * base)
    found: Mask = apart > _OUT * _NORMAL * _median(np.where(known & (apart > 0), apart, np.nan)[:, looked])
    return found


def _median(values: Floats) -> Floats:
    """The median of each row, or of all where rows are short, (rows, 1); 0 where nothing is known."""
    if values.shape[1] < _LONG:
        values = np.broadcast_to(values.reshape(1, -1), (1, values.size))
    counted = np.isfinite(values).any(axis=1, keepdims=True)
    found: Floats = np.nanmedian(np.where(counted, values, 0), axis=1, keepdims=True)
    return found


def _slope(given: Floats, base: Floats, axis: int | None) -> Floats:
    along = np.sum(given * base, axis=axis, keepdims=True)
    power = np.sum(base * base, axis=axis, keepdims=True)
    found: Floats = np.where(power > 0, along / np.where(power > 0, power, 1), 0)
    return found


def _fine(difference: Floats, known: Mask, amplitude: Floats) -> Floats:
    """Weights where the values weren't rounded, or finely."""
    looked = slice(None, None, max(1, difference.shape[1] // _WIDE))
    magnitudes = np.where(known & (difference != 0), np.abs(difference), np.nan)[:, looked]
    spread = np.maximum(_NORMAL * _median(magnitudes), _LEAST_SPREAD * amplitude)
    found: Floats = amplitude * np.clip(difference, -_CLIP * spread, _CLIP * spread) / spread**2
    return found


def _coarse(difference: Floats, half: Floats, known: Mask, amplitude: Floats) -> Floats:
    """Weights where each value is known to lie in a cell.

    How often a value left its own cell tells the spread s before rounding: the share is s √(2/π) / width, for a value
    anywhere in its cell. Within the cell the mean of a normal difference is s (φ(a) - φ(b)) / (Φ(b) - Φ(a)).
    """
    from scipy.special import ndtr

    nearby = known & (np.abs(difference) < 3 * half)
    share = float(np.count_nonzero(nearby & (np.abs(difference) > half))) / max(1, int(np.count_nonzero(nearby)))
    spread = np.maximum(_FLIPS * share * 2 * half, _LEAST_SPREAD * amplitude)
    low, high = (difference - half) / spread, (difference + half) / spread
    far = (low > _FAR) | (high < -_FAR)
    low, high = np.clip(low, -9, 9), np.clip(high, -9, 9)
    # The far tail is computed on the side where it keeps its digits.
    turned = low > 0
    one: Floats = np.where(turned, -high, low)
    other: Floats = np.where(turned, -low, high)
    mean = (_density(one) - _density(other)) / np.maximum(ndtr(other) - ndtr(one), 1e-30)
    mean = np.clip(np.where(turned, -mean, mean), -_FAR, _FAR)
    return np.where(far, 0, amplitude * mean / spread)


def _density(at: Floats) -> Floats:
    found: Floats = np.exp(-at * at / 2) / np.float32((2 * np.pi) ** 0.5)
    return found


def _packed(weights: Floats) -> tuple[NDArray[np.int8], Numbers]:
    scales: Numbers = (np.abs(weights).max(axis=1, keepdims=True, initial=0) / 127).astype(np.float32)
    packed = np.rint(weights / np.where(scales > 0, scales, 1)).astype(np.int8)
    return packed, scales
