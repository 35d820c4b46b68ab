"""Tensors of numpy or torch that look into a buffer of plaintext; torch is loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from mmap import mmap
from typing import Any, Literal, Protocol

from kept.errors import Invalid, Unavailable
from kept.practices.weights.methods.safetensors import BITS

Framework = Literal["numpy", "torch"]
FRAMEWORKS: Mapping[str, Framework] = {"np": "numpy", "numpy": "numpy", "pt": "torch", "torch": "torch"}
"""The names that safetensors knows them by, too."""

_NUMPY = {
    "BOOL": "?", "U8": "<u1", "I8": "<i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8",
}  # fmt: skip
_TORCH = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32",
    "U64": "uint64", "I64": "int64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip


class Shaped(Protocol):
    """A tensor's type, as safetensors names it, and its shape."""

    @property
    def dtype(self) -> str:
        """For instance "BF16"."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        ...


def framework(name: str) -> Framework:
    """The framework of this name. Raises Invalid for one that isn't known, and Unavailable where it isn't installed."""
    found = FRAMEWORKS.get(name)
    if found is None:
        raise Invalid(f"{name[:40]!r} is no known framework.", code="tensors.framework", hint="Say numpy or torch.")
    if found == "torch":
        _torch()
    return found


def empty(size: int, framework: Framework) -> tuple[Any, memoryview]:
    """A flat buffer of `size` bytes that the framework owns, and a view to fill it by."""
    if framework == "torch":
        made = _torch().empty(size, dtype=_torch().uint8)
        return made, memoryview(made.numpy())
    import numpy

    flat = numpy.empty(size, numpy.uint8)
    return flat, flat.data


def viewed(flat: Any, start: int, tensor: Shaped, framework: Framework, *, bits: bool = False) -> Any:
    """The tensor whose bytes begin at `start` of a flat buffer of the framework; it shares the buffer's memory.

    With `bits`, what numpy has no type for comes as its bits: bfloat16 as uint16, the rest as flat uint8. Raises
    Invalid for a type that the framework doesn't have.
    """
    if bits and framework == "numpy" and tensor.dtype not in _NUMPY:
        return _bits(flat, start, tensor)
    size = _count(tensor.shape) * _width(tensor.dtype, framework)
    part = flat[start : start + size]
    if framework == "torch":
        torch = _torch()
        kind = getattr(torch, _TORCH[tensor.dtype])
        if start % kind.itemsize:
            part = part.clone()
        return part.view(kind).reshape(tensor.shape)
    return part.view(_NUMPY[tensor.dtype]).reshape(tensor.shape)


def over(buffer: bytearray | memoryview | mmap, framework: Framework) -> Any:
    """A flat buffer of the framework over memory that is there already, such as shared memory."""
    import numpy

    flat = numpy.frombuffer(buffer, numpy.uint8)
    return flat if framework == "numpy" else _torch().from_numpy(flat)


def _bits(flat: Any, start: int, tensor: Shaped) -> Any:
    size = -(-_count(tensor.shape) * BITS[tensor.dtype] // 8)
    part = flat[start : start + size]
    return part.view("<u2").reshape(tensor.shape) if tensor.dtype == "BF16" else part


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _width(dtype: str, framework: Framework) -> int:
    if dtype not in (_NUMPY if framework == "numpy" else _TORCH):
        raise Invalid(
            f"{framework} has no type {dtype}.",
            code="tensors.type",
            hint="Use torch, or read the tensor's bytes." if framework == "numpy" else "Read the tensor's bytes.",
        )
    if framework == "torch":
        width: int = getattr(_torch(), _TORCH[dtype]).itemsize
        return width
    import numpy

    return numpy.dtype(_NUMPY[dtype]).itemsize


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise Unavailable(
            "torch isn't installed.", code="tensors.torch", hint="pip install torch, or use numpy."
        ) from error
    return torch
