"""Tensors that look into memory which the broker filled, in numpy or torch; torch is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from kept.errors import Invalid, Unavailable
from kept.practices.weights.methods.safetensors import BITS

if TYPE_CHECKING:
    import mmap

# numpy has no such type: the bits as they are, which `figures` and a reader of bfloat16 take from there.
_NUMPY: Mapping[str, str] = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "BF16": "<u2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "C64": "<c8",
}
_TORCH: Mapping[str, str] = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    "C64": "complex64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}


def to_numpy(memory: mmap.mmap, at: int, dtype: str, shape: tuple[int, ...]) -> Any:
    """A tensor as a numpy array; bfloat16 as uint16 and other types without a name in numpy as uint8, bit by bit."""
    kind = np.dtype(_NUMPY.get(dtype, "u1"))
    known = dtype in _NUMPY
    count = prod(shape) if known else -(-prod(shape) * BITS[dtype] // 8)
    return np.frombuffer(memory, kind, count, at).reshape(shape if known else (count,))


def to_torch(memory: mmap.mmap, at: int, dtype: str, shape: tuple[int, ...]) -> Any:
    """A tensor as one of torch. Raises Unavailable without torch, Invalid for a type that it lacks."""
    try:
        import torch
    except ImportError as error:
        raise Unavailable("torch is not installed.", code="torch.missing", hint="pip install 'kept[hf]'") from error
    kind = getattr(torch, _TORCH.get(dtype, ""), None)
    if kind is None:
        raise Invalid(f"torch has no type for {dtype}.", code="torch.type", hint='Use framework="numpy".')
    count = prod(shape)
    if not count:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(memory, dtype=kind, count=count, offset=at).reshape(shape)


FRAMEWORKS = {"numpy": to_numpy, "torch": to_torch}
