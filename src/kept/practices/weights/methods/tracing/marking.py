"""Puts a recipient's mark into tensors, in place: each value is moved by strength × its row's deviation × its number.

Where the stored type is coarser than that, rounding is dithered, so that a value still moves by as much on average.
Zeros stay zero, so that a pruned model stays pruned, and what isn't finite stays as it is.
"""

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.weights.methods.tracing.carriers import Carrier
from kept.practices.weights.methods.tracing.numbers import Numbers, numbers, table
from kept.practices.weights.records.traces import Tensor

MARKED = ("BF16", "F16", "F32", "F64")
LARGE = 4_000_000
"""From so many values on, the gentler strength is enough."""
_GENTLE, _STRONG = 3e-3, 1e-2
_AT_ONCE = 1 << 19
_NORMAL = (np.pi / 2) ** 0.5
_F16_SMALLEST = 2.0**-14
_F16_STEP = 2.0**-24

Shapes = Mapping[str, tuple[str, tuple[int, ...]]]


def chosen(shapes: Shapes) -> tuple[str, ...]:
    """The tensors that carry a mark, of a model's {name: (type, shape)}: tables of floating-point numbers.

    Biases, gains of normalisations and quantised integers carry none.
    """
    return tuple(name for name, (dtype, shape) in shapes.items() if dtype in MARKED and min(table(shape)) > 1)


def strength(shapes: Shapes) -> float:
    """The strength for a model: a mark's deviation over that of the weights, from how many values can carry it."""
    return _GENTLE if sum(prod(shapes[name][1]) for name in chosen(shapes)) >= LARGE else _STRONG


def mark(given: Tensor, carrier: Carrier, strength: float, *, first: int = 0) -> int:
    """Mark a tensor, or its rows from the row `first` on, in place; returns how many values changed.

    Rows are those of `table`, and are given as two axes where not the whole tensor is. Raises Invalid for what carries
    no mark or can't be written to.
    """
    values = given.values
    if given.dtype not in MARKED or not values.flags.writeable or not values.flags.c_contiguous:
        raise Invalid(f"A tensor of the type {given.dtype} can't be marked here.", code="trace.unmarkable")
    if not 0 < strength < 1:
        raise Invalid(f"A mark of the strength {strength} is none.", code="trace.strength", hint="Usual: 0.003.")
    rows, columns = values.shape if values.ndim == 2 else table(values.shape)
    flat, changed = values.reshape(rows, columns), 0
    step = max(1, _AT_ONCE // max(1, columns))
    for at in range(0, rows, step):
        part = flat[at : at + step]
        moved = _moved(Tensor(given.dtype, part), carrier, strength, (first + at) * columns)
        changed += int(np.count_nonzero(moved != part))
        part[...] = moved
    return changed


def deviations(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """The deviation of each row, (rows, 1), told from the mean magnitude of what is neither 0 nor infinite.

    A few huge weights, as trained models have, would raise the plain deviation, and with it the mark on all others.
    """
    magnitudes = np.abs(weights)
    counted = np.isfinite(magnitudes) & (magnitudes > 0)
    sums = np.where(counted, magnitudes, 0).sum(axis=1, dtype=np.float64, keepdims=True)
    found: NDArray[np.floating] = (_NORMAL * sums / np.maximum(1, counted.sum(axis=1, keepdims=True))).astype(
        weights.dtype
    )
    return found


def _moved(part: Tensor, carrier: Carrier, strength: float, start: int) -> NDArray[np.generic]:
    stored = part.values
    weights: NDArray[np.floating] = stored if part.dtype == "F64" else numbers(part)
    drawn = carrier.numbers(start, stored.size).reshape(stored.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = weights + drawn * (strength * deviations(weights)).astype(weights.dtype)
        if part.dtype == "BF16":
            rounded: NDArray[np.generic] = _to_bfloat16(wanted, carrier.dither(start, stored.size))
            finite = np.isfinite(numbers(Tensor("BF16", rounded)))
        elif part.dtype == "F16":
            rounded = _to_float16(wanted, carrier.dither(start, stored.size))
            finite = np.isfinite(rounded)
        else:
            rounded, finite = wanted, np.isfinite(wanted)
    return np.where(finite & np.isfinite(weights) & (weights != 0), rounded, stored)


def _to_bfloat16(wanted: Numbers, dither: NDArray[np.uint16]) -> NDArray[np.uint16]:
    bits = np.ascontiguousarray(wanted).view(np.uint32) + dither.reshape(wanted.shape)
    return (bits >> np.uint32(16)).astype(np.uint16)


def _to_float16(wanted: Numbers, dither: NDArray[np.uint16]) -> NDArray[np.float16]:
    """As above where the type is normal; below, its steps are all the same."""
    drawn = dither.reshape(wanted.shape)
    bits = np.ascontiguousarray(wanted).view(np.uint32) + (drawn >> np.uint16(3))
    normal = (bits & np.uint32(0xFFFFE000)).view(np.float32)
    small = np.floor(wanted / _F16_STEP + drawn / np.float32(1 << 16)) * _F16_STEP
    return np.where(np.abs(wanted) < _F16_SMALLEST, small, normal).astype(np.float16)
