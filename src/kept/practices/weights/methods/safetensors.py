"""The header of a safetensors file, read within bounds: nothing in it is believed before it was checked.

Source: the format as huggingface/safetensors describes it (eight bytes of length, JSON, then the tensors), in its
strictest reading: tensors lie side by side in the order of their offsets, without a hole, an overlap or a rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from kept.core import canonical
from kept.errors import Invalid

LENGTH_BYTES = 8
HEADER_LIMIT = 25_000_000
"""The longest header that is read, in bytes: the reference reader takes 100 MB, which no model comes near."""
METADATA = "__metadata__"
BITS: Mapping[str, int] = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}
"""How many bits an element of each type takes."""
_DIMENSIONS = 64
_LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's type and shape, and where its bytes stand: from `start` to before `stop`, after the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Header:
    """The tensors by name, in the order of their bytes, and what the file says of itself; `size` is all their bytes."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def tensor(self, name: str) -> Tensor:
        """The tensor of this name. Raises Invalid where there is none."""
        found = self.tensors.get(name)
        if found is None:
            raise Invalid(f"There is no tensor {name[:200]!r} in this file.", code="safetensors.no-tensor")
        return found


def header_length(start: bytes) -> int:
    """How long the header is, in bytes, by the first eight of a file. Raises Invalid beyond 25 MB."""
    if len(start) < LENGTH_BYTES:
        raise _malformed("it ends within its first eight bytes")
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    if not 2 <= length <= HEADER_LIMIT:
        raise _malformed(f"its header would have {length} bytes; 2 to {HEADER_LIMIT} are read")
    return length


def parse(data: bytes, *, size: int) -> Header:
    """The header, for a file with `size` bytes of tensors after it. Raises Invalid for any that doesn't fit them."""
    if len(data) > HEADER_LIMIT:
        raise _malformed(f"its header has {len(data)} bytes; at most {HEADER_LIMIT} are read")
    if not data.startswith(b"{"):
        raise _malformed("its header doesn't begin with {")
    document = canonical.decode(data, limit=HEADER_LIMIT, what="The header of the safetensors file")
    metadata = _metadata(document.pop(METADATA, {}))
    found = sorted(
        ((name, _tensor(name, entry)) for name, entry in document.items()),
        key=lambda each: (each[1].start, each[1].stop),
    )
    reached = 0
    for name, tensor in found:
        if tensor.start != reached:
            raise _malformed(f"the bytes of {name[:200]!r} begin at {tensor.start}, and those before end at {reached}")
        reached = tensor.stop
    if reached != size:
        raise _malformed(f"its tensors take {reached} bytes, and {size} follow the header")
    return Header(dict(found), metadata, reached)


def _tensor(name: str, entry: Any) -> Tensor:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _malformed(f"{name[:200]!r} is not described by dtype, shape and data_offsets alone")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise _malformed(f"{name[:200]!r} is of the unknown type {str(dtype)[:32]!r}")
    if not isinstance(shape, list) or len(shape) > _DIMENSIONS or not all(map(_is_size, shape)):
        raise _malformed(f"the shape of {name[:200]!r} is no list of at most {_DIMENSIONS} sizes")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)) or offsets[0] > offsets[1]:
        raise _malformed(f"the offsets of {name[:200]!r} are not a beginning and an end")
    bits = prod(shape) * BITS[dtype]
    if bits != 8 * (offsets[1] - offsets[0]):
        raise _malformed(f"{name[:200]!r} has {offsets[1] - offsets[0]} bytes, and its shape takes {bits / 8:g}")
    return Tensor(dtype, tuple(shape), offsets[0], offsets[1])


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _malformed(f"{METADATA} is not a map of texts")
    return value


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"This is no safetensors file: {why}.",
        code="safetensors.malformed",
        hint="Write it again with the safetensors library.",
    )
