"""Signatures of rows: a few random projections, by which a row is found again among many, whatever was done to it.

The cosine of two rows is near that of their projections (Johnson & Lindenstrauss 1984; Charikar 2002): with 64 of them
it is told to within an eighth. Rows are taken less the mean row of their tensor, which rows of an embedding share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.tracing.numbers import Floats, Numbers

PROJECTIONS = 64
ALIKE = 0.5
"""The cosine from which two rows are taken for the same."""
_AT_ONCE = 1 << 22
_FEW = 8

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Signatures:
    """What is kept of a tensor's rows: their mean, its projections, and those of each row without it, of length 1."""

    mean: Numbers = field(repr=False)
    projected_mean: Numbers = field(repr=False)
    rows: Numbers = field(repr=False)
    size: float
    """The deviation of the tensor's values, to which a suspect's are brought."""


def signatures(rows: Floats) -> Signatures:
    """The signatures of a tensor's rows."""
    known = np.where(np.isfinite(rows), rows, 0)
    mean = known.mean(axis=0, dtype=np.float64).astype(np.float32)
    projected = known @ projections(rows.shape[1])
    shared = mean @ projections(rows.shape[1])
    return Signatures(mean, shared, _unit(projected - shared), _size(known))


def nearest(suspect: Floats, kept: Mapping[str, Signatures]) -> tuple[NDArray[np.intp], Places, Floats]:
    """For each row of a suspect the tensor (its place in `kept`) and the row that look most like it, and how much.

    A row that was turned to its negative is found too.
    """
    known = np.where(np.isfinite(suspect), suspect, 0)
    projected, size = known @ projections(suspect.shape[1]), _size(known)
    which, where = np.zeros(len(suspect), np.intp), np.zeros(len(suspect), np.intp)
    alike = np.full(len(suspect), -1.0, np.float32)
    for number, each in enumerate(kept.values()):
        sought = _unit(projected * (each.size / size if size else 0) - each.projected_mean)
        for at in range(0, len(sought), max(1, _AT_ONCE // max(1, len(each.rows)))):
            part = slice(at, at + max(1, _AT_ONCE // max(1, len(each.rows))))
            found = np.abs(sought[part] @ each.rows.T)
            best = found.argmax(axis=1)
            value = found[np.arange(len(best)), best]
            better = value > alike[part]
            alike[part] = np.where(better, value, alike[part])
            which[part] = np.where(better, number, which[part])
            where[part] = np.where(better, best, where[part])
    return which, where, alike


def cosines(suspect: Floats, original: Floats, mean: Floats | None = None) -> Floats:
    """The cosine of each row with the original's, by size alone, both less a mean row where one is given.

    Zeros of the suspect are left out: they may have been pruned. It is 0 where too few values are left to tell.
    """
    known = np.isfinite(suspect) & np.isfinite(original) & (suspect != 0)
    one, other = np.where(known, suspect, 0), np.where(known, original, 0)
    if mean is not None:
        ratio = _size(other) / _size(one) if _size(one) else 0
        one, other = np.where(known, one * ratio - mean, 0), np.where(known, other - mean, 0)
    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    told = (sizes > 0) & (known.sum(axis=1) >= min(_FEW, known.shape[1]))
    found: Floats = np.where(told, np.abs(np.sum(one * other, axis=1)) / np.where(told, sizes, 1), 0)
    return found


def together(suspect: Floats, original: Floats) -> float:
    """The cosine of all rows at once, of which each may hold little."""
    return float(cosines(suspect.reshape(1, -1), original.reshape(1, -1))[0])


def sample(count: int, most: int) -> Places:
    """At most so many of `count` places, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp)) if count else np.empty(0, np.intp)


@lru_cache(maxsize=16)
def projections(columns: int) -> Numbers:
    """The projections for rows of so many columns: the same each time."""
    if columns <= PROJECTIONS:
        return np.eye(columns, dtype=np.float32)
    return np.random.default_rng(columns).standard_normal((columns, PROJECTIONS), np.float32)


def voted(which: NDArray[np.intp], names: Sequence[str], good: NDArray[np.bool_]) -> list[str]:
    """The tensors that at least an eighth of the good rows lie in, the most first."""
    counts = np.bincount(which[good], minlength=len(names)) if good.any() else np.zeros(len(names), int)
    order = np.argsort(-counts, kind="stable")
    return [names[at] for at in order if counts[at] and counts[at] * 8 >= good.sum()]


def _unit(rows: Floats) -> Numbers:
    lengths = np.sqrt(np.sum(rows * rows, axis=1, keepdims=True))
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _size(rows: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(rows, dtype=np.float64)))) if rows.size else 0.0
