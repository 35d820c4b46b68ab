"""Undoes permutations of rows and columns at once, with nothing known of either.

The values of a row in order don't change when columns are permuted: rows that agree most clearly in them tell the
columns, columns tell the rows, and so on until both are told.
"""

import numpy as np

from kept.practices.weights.methods.tracing.numbers import Floats, Numbers
from kept.practices.weights.methods.tracing.realign.signatures import ALIKE, Places, cosines, nearest, signatures

_QUANTILES = 64
_SURE = 512
_ROUNDS = 4
_MOST = 1 << 13


def unshuffled(given: Floats, original: Floats) -> tuple[Places, Places] | None:
    """Of each row, and of each column, the place in the original; None where they can't be told.

    Both are (rows, columns) of one shape.
    """
    if given.shape != original.shape or max(given.shape) > _MOST or min(given.shape) < 4:
        return None
    known = np.where(np.isfinite(given), given, 0)
    mine, its = _matched(_profile(known), _profile(original))
    for _ in range(_ROUNDS):
        across = _lines(known[mine].T, original[its].T)
        columns = np.unique(across, return_index=True)[1]
        down = _lines(known[:, columns], original[:, across[columns]])
        mine = np.unique(down, return_index=True)[1]
        its = down[mine]
    back = np.zeros_like(known)
    back[:, across] = known
    good = np.mean(cosines(back, original[down]) >= ALIKE)
    return (down, across) if good >= 0.5 else None


def _profile(values: Floats) -> Numbers:
    """Quantiles of each row, each as far from its mean over the rows as is usual."""
    at = np.linspace(0, values.shape[1] - 1, min(_QUANTILES, values.shape[1])).round().astype(np.intp)
    ordered = np.sort(values, axis=1)[:, at]
    spread = ordered.std(axis=0, keepdims=True)
    found: Numbers = ((ordered - ordered.mean(axis=0, keepdims=True)) / np.where(spread > 0, spread, 1)).astype(
        np.float32
    )
    return found


def _matched(one: Numbers, other: Numbers) -> tuple[Places, Places]:
    """The rows that are each other's nearest, those first that leave the next nearest behind most clearly."""
    squares = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1)[None, :] - 2 * one @ other.T
    there, back = squares.argmin(axis=1), squares.argmin(axis=0)
    mutual = np.flatnonzero(back[there] == np.arange(len(one)))
    two = np.partition(squares[mutual], 1, axis=1)[:, :2]
    clear = np.argsort(np.maximum(two[:, 0], 0) / np.maximum(two[:, 1], 1e-30), kind="stable")[:_SURE]
    return mutual[clear], there[mutual[clear]]


def _lines(given: Floats, original: Floats) -> Places:
    return nearest(given, {"": signatures(original)})[1]
