"""Leaked files as they were found: safetensors, one or a folder of them, with an index or without."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kept.errors import Invalid, NotFound
from kept.practices.weights.backends.containers.mapped import mapped
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.safetensors import LENGTH_BYTES
from kept.practices.weights.methods.tracing.numbers import STORED, tensor
from kept.practices.weights.records.traces import Tensor

_PIECE = 1 << 24


@dataclass(frozen=True, slots=True)
class Suspect:
    """The tensors of leaked files, which are mapped and not read; what is of a type that no mark is in isn't shown."""

    digests: tuple[str, ...]
    """The SHA-256 of each file, in hexadecimal."""
    _tensors: Mapping[str, tuple[str, tuple[int, ...], memoryview]] = field(repr=False)

    @property
    def shapes(self) -> Mapping[str, tuple[str, tuple[int, ...]]]:
        """The type and shape of each tensor."""
        return {name: (dtype, shape) for name, (dtype, shape, _) in self._tensors.items()}

    def read(self, name: str) -> Tensor:
        """One tensor, over the mapped file. Raises Invalid for an unknown name."""
        if name not in self._tensors:
            raise Invalid(f"There is no tensor {name[:80]!r}.", code="trace.tensor")
        dtype, shape, data = self._tensors[name]
        return tensor(dtype, shape, data)


def opened(place: Path) -> Suspect:
    """A leaked file, or every file *.safetensors of a folder; of two tensors of one name the second gets its file's.

    Raises NotFound, Invalid for what is no safetensors, or Unavailable.
    """
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else [place]
    if not files:
        raise NotFound(f"{place} holds no file *.safetensors.", code="trace.empty", hint="Convert the weights first.")
    digests, found = [], dict[str, tuple[str, tuple[int, ...], memoryview]]()
    for file in files:
        view = mapped(file)
        digests.append(_digest(view))
        start = LENGTH_BYTES + safetensors.header_length(bytes(view[:LENGTH_BYTES]))
        if start > len(view):
            raise Invalid(f"{file} ends within its header.", code="safetensors.malformed")
        header = safetensors.parse(bytes(view[LENGTH_BYTES:start]), size=len(view) - start)
        for name, each in header.tensors.items():
            if each.dtype in STORED:
                own = name if name not in found else f"{file.name}/{name}"
                found[own] = (each.dtype, each.shape, view[start + each.start : start + each.stop])
    return Suspect(tuple(digests), found)


def _digest(view: memoryview) -> str:
    digest = hashlib.sha256()
    for at in range(0, len(view), _PIECE):
        digest.update(view[at : at + _PIECE])
    return digest.hexdigest()
