"""Suspects that hold integers and their scales beside them, as quantisers write them: the numbers they stand for.

A tensor of integers stands for (integer - zero point) × scale. Scales are tensors of the same name with an ending, one
for the whole tensor, for each row, or for each group of columns. Without them integers are taken as they are: a scale
for each row is found when the row is laid on the original. Four-bit numbers lie two in a byte.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.tracing.numbers import Floats, comparable, numbers, table
from kept.practices.weights.methods.tracing.reading import Weights

INTEGERS = ("I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64")
_SCALES = ("_scale", ".scale", "_scales", ".scales", "_absmax", ".absmax", ".SCB", "_scale_inv", ".weight_scale")
_ZEROS = ("_zero_point", ".zero_point", "_zero", ".zero", "_zeros", ".zeros")
_STEMS = (".weight", "_packed", ".qweight", "_q", ".q", ".int8", ".weight_packed")


def companions(suspect: Weights) -> frozenset[str]:
    """The names of the tensors that are scales or zero points of others."""
    return frozenset(
        found
        for name, (dtype, _) in suspect.shapes.items()
        if dtype in INTEGERS or dtype.startswith("F8")
        for endings in (_SCALES, _ZEROS)
        if (found := _beside(suspect, name, endings)) is not None
    )


def scaled(suspect: Weights, name: str) -> bool:
    """Whether a tensor stands for other numbers than it holds: integers, and what has a scale beside it."""
    dtype = suspect.shapes[name][0]
    return dtype in INTEGERS or (dtype.startswith("F8") and _beside(suspect, name, _SCALES) is not None)


def readings(suspect: Weights, name: str) -> Iterator[Floats]:
    """What a tensor may stand for, the likeliest first, each as rows and columns."""
    read = suspect.read(name)
    if read.dtype == "BOOL":
        return
    values = comparable(numbers(read))
    if read.dtype not in INTEGERS and not read.dtype.startswith("F8"):
        yield values.reshape(table(read.shape)) if min(table(read.shape)) > 0 else values.reshape(1, -1)
        return
    raw = values.reshape(table(read.shape)) if min(table(read.shape)) > 0 else values.reshape(1, -1)
    scale, zero = (_numbers(suspect, _beside(suspect, name, endings)) for endings in (_SCALES, _ZEROS))
    plain = _scaled(raw, scale, zero, unsigned=read.dtype.startswith("U"))
    if plain is not None:
        yield plain
    if read.dtype == "U8" and raw.max(initial=0) <= 255:
        yield from _unpacked(raw.astype(np.uint8), scale, zero)


def _unpacked(raw: NDArray[np.uint8], scale: Floats | None, zero: Floats | None) -> Iterator[Floats]:
    low, high = raw & 15, raw >> 4
    for one, other in ((low, high), (high, low)):
        pairs = np.stack([one, other], axis=-1).reshape(len(raw), -1).astype(np.float32)
        signed = np.where(pairs > 7, pairs - 16, pairs)
        for each, unsigned in ((pairs, True), (signed, False)):
            found = _scaled(each, scale, zero, unsigned=unsigned)
            if found is not None:
                yield found


def _scaled(raw: Floats, scale: Floats | None, zero: Floats | None, *, unsigned: bool) -> Floats | None:
    """The numbers, or None where the scales don't fit the tensor."""
    if zero is None:
        # Without a zero point, an unsigned number's is near the middle of what occurs.
        zero = np.rint(np.median(raw, keepdims=True)).reshape(1) if unsigned and raw.size else np.zeros(1)
    shape = (raw.shape[0], raw.shape[1])
    shift, factor = _spread(zero, shape), _spread(np.ones(1) if scale is None else scale, shape)
    return None if shift is None or factor is None else comparable((raw - shift) * factor).astype(np.float32)


def _spread(given: Floats, shape: tuple[int, int]) -> Floats | None:
    """One number for all, for each row, block or group of columns, or of all values in order, in the tensor's shape."""
    rows, columns = shape
    if given.size == 1:
        return given.reshape(1, 1)
    if given.ndim == 2 and given.shape[0] <= rows and given.shape[1] <= columns:
        down, across = (-(-side // count) for side, count in zip(shape, given.shape, strict=True))
        return np.repeat(np.repeat(given, down, axis=0)[:rows], across, axis=1)[:, :columns]
    if given.size == rows:
        return given.reshape(rows, 1)
    if given.size and (rows * columns) % given.size == 0:
        return np.repeat(given.reshape(-1), rows * columns // given.size).reshape(rows, columns)
    return None


def _beside(suspect: Weights, name: str, endings: tuple[str, ...]) -> str | None:
    stems = [name, *(name.removesuffix(stem) for stem in _STEMS if name.endswith(stem))]
    for stem in stems:
        for ending in endings:
            for found in (stem + ending, stem + ".weight" + ending):
                if found != name and found in suspect.shapes:
                    return found
    return None


def _numbers(suspect: Weights, name: str | None) -> Floats | None:
    return None if name is None else comparable(numbers(suspect.read(name)))
