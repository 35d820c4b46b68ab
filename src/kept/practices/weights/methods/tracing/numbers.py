"""Tensors as they are stored, as numbers to compute with: the types of safetensors that numpy has no name for too."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.weights.records.traces import Tensor

Numbers = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]
Storage = np.dtype[np.generic]

STORED: Mapping[str, Storage] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "F8_E4M3": np.dtype("u1"),
    "F8_E5M2": np.dtype("u1"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("u1"),
}
"""How values of each type lie in memory."""


def tensor(dtype: str, shape: tuple[int, ...], data: bytes | bytearray | memoryview) -> Tensor:
    """A tensor over a buffer, which is not copied. Raises Invalid for an unknown type or a buffer of another size."""
    kind = STORED.get(dtype)
    if kind is None:
        raise Invalid(f"Tensors of the type {dtype[:16]!r} can't be read.", code="trace.dtype")
    if any(side < 0 for side in shape) or prod(shape) * kind.itemsize != memoryview(data).nbytes:
        raise Invalid(
            f"A tensor of shape {list(shape)} and type {dtype} doesn't have {memoryview(data).nbytes} bytes.",
            code="trace.shape",
        )
    return Tensor(dtype, np.frombuffer(data, kind).reshape(shape))


def numbers(given: Tensor) -> Numbers:
    """The values as float32; a value that is too large for it becomes infinite."""
    values = given.values
    found: Numbers
    if given.dtype == "BF16":
        found = (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    elif given.dtype in _EIGHT_BITS:
        found = _EIGHT_BITS[given.dtype][values]
    else:
        with np.errstate(over="ignore"):
            found = values.astype(np.float32)
    return found


def comparable(values: Floats) -> Floats:
    """The values with nan for each that is so large that its square would overflow; no weight is."""
    found: Floats = np.where(np.abs(values) < _LARGEST, values, np.float32(np.nan))
    return found


def table(shape: tuple[int, ...]) -> tuple[int, int]:
    """A tensor's shape as rows and columns; (0, 0) for what is no table: scalars, vectors, and what holds nothing.

    The last axis is the columns where it is long enough to have a scale of its own, as in the experts of a mixture;
    else all axes but the first are, as in convolutions.
    """
    sides = [side for side in shape if side != 1]
    if len(sides) < 2 or 0 in sides:
        return 0, 0
    columns = sides[-1] if len(sides) == 2 or sides[-1] >= _LONG else prod(sides[1:])
    return prod(sides) // columns, columns


_LONG = 16
_LARGEST = 1e12


def _small_floats(exponent_bits: int, fraction_bits: int, *, infinite: bool) -> Numbers:
    """The 256 values of a type of 8 bits (Micikevicius et al. 2022, arXiv 2209.05433, table 1)."""
    codes = np.arange(128)
    exponent, fraction = codes >> fraction_bits, codes & ((1 << fraction_bits) - 1)
    bias = (1 << (exponent_bits - 1)) - 1
    whole = np.ldexp(1 + fraction / (1 << fraction_bits), exponent - bias)
    below = np.ldexp(fraction / (1 << fraction_bits), 1 - bias)
    values = np.where(exponent == 0, below, whole)
    if infinite:
        top = exponent == (1 << exponent_bits) - 1
        values[top] = np.where(fraction[top] == 0, np.inf, np.nan)
    else:
        values[127] = np.nan
    return np.concatenate([values, -values]).astype(np.float32)


_EIGHT_BITS: Mapping[str, Numbers] = {
    "F8_E4M3": _small_floats(4, 3, infinite=False),
    "F8_E5M2": _small_floats(5, 2, infinite=True),
}
