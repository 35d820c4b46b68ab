"""Cells of coarse quantisation: between which two numbers a value lay before it was rounded to what a suspect holds.

Told from the values alone, whatever scales and zero points made them: a group of values with few distinct ones, evenly
spaced, was rounded to multiples of that space.
"""

import numpy as np

from kept.practices.weights.methods.tracing.numbers import Floats

GROUPS = (256, 128, 64, 32)
"""Sizes of groups with a scale of their own that are looked for, after whole rows."""
_LEVELS = 40
_LOOKED_AT = 64
_SAME = 1e-5
_UNEVEN = 0.1
_MOST = 0.9


def half_widths(rows: Floats) -> Floats | None:
    """Half the width of each value's cell, (rows, columns), or None where the values weren't rounded coarsely.

    Up to 5 bits are told; what is finer leaves a value nearly where it was.
    """
    looked = rows[:: max(1, len(rows) // _LOOKED_AT)]
    columns = rows.shape[1]
    for size in (columns, *GROUPS):
        if columns % size == 0 and _coarse(looked.reshape(-1, size)):
            steps = _steps(rows.reshape(-1, size))
            return np.repeat(steps / 2, size, axis=1).reshape(rows.shape)
    return None


def _coarse(groups: Floats) -> bool:
    gaps = _gaps(groups)
    between = np.isfinite(gaps)
    distinct = 1 + between.sum(axis=1)
    if np.mean(distinct) > min(_LEVELS, np.isfinite(groups).sum(axis=1).mean() / 2) or np.max(distinct) <= 2:
        return False
    counted = np.where(between, gaps, 0) / np.where(between, gaps, np.inf).min(axis=1, keepdims=True)
    return bool(np.mean(np.abs(counted - np.rint(counted))[between] < _UNEVEN) > _MOST)


def _steps(groups: Floats) -> Floats:
    """The least space between two distinct values of each group, (groups, 1); 0 for a group of one value."""
    least = _gaps(groups).min(axis=1, keepdims=True, initial=np.inf)
    return np.where(np.isfinite(least), least, 0)


def _gaps(groups: Floats) -> Floats:
    """The spaces between neighbours in order, infinite between equal ones and beside what is no number."""
    ordered = np.sort(groups, axis=1)
    gaps = np.diff(ordered, axis=1)
    same = _SAME * np.nanmax(np.abs(groups), axis=1, keepdims=True, initial=0)
    return np.where(gaps > same, gaps, np.float32(np.inf))
