"""Plain safetensors files and folders, as what is to be sealed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kept.errors import Conflict, Invalid
from kept.practices.weights.backends.containers.mapped import open_file
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.safetensors import LENGTH_BYTES, Header
from kept.practices.weights.methods.sealed.folder import INDEX_SUFFIX


@dataclass(frozen=True, slots=True)
class Plain:
    """A safetensors file that is open for reading: its header as it stands, and as it reads."""

    place: Path
    descriptor: int
    header_bytes: bytes
    header: Header

    @property
    def start(self) -> bytes:
        """All that stands before the tensors."""
        return len(self.header_bytes).to_bytes(LENGTH_BYTES, "little") + self.header_bytes

    @property
    def size(self) -> int:
        """The size of the file, in bytes."""
        return LENGTH_BYTES + len(self.header_bytes) + self.header.size

    def read_into(self, into: memoryview, at: int) -> None:
        """Fill the buffer with what stands at a place of the tensors. Raises Conflict where the file became shorter."""
        at += LENGTH_BYTES + len(self.header_bytes)
        while len(into):
            read = os.preadv(self.descriptor, [into], at)
            if read == 0:
                raise Conflict(f"{self.place} became shorter while it was sealed.", code="seal.changed")
            into, at = into[read:], at + read


@contextmanager
def opened(place: Path) -> Iterator[Plain]:
    """A safetensors file. Raises NotFound, Unavailable, or Invalid where its header doesn't fit it."""
    descriptor = open_file(place)
    try:
        length = safetensors.header_length(os.pread(descriptor, LENGTH_BYTES, 0))
        header = os.pread(descriptor, length, LENGTH_BYTES)
        size = os.fstat(descriptor).st_size - LENGTH_BYTES - length
        if size < 0:
            raise Invalid(f"{place} ends within its header.", code="safetensors.malformed")
        yield Plain(place, descriptor, header, safetensors.parse(header, size=size))
    finally:
        os.close(descriptor)


def index_of(folder: Path) -> Path:
    """The index of a sharded model. Raises Invalid unless the folder has exactly one."""
    found = sorted(folder.glob(f"*{INDEX_SUFFIX}"))
    if len(found) != 1:
        raise Invalid(
            f"{folder} has {len(found)} files *{INDEX_SUFFIX}; a sharded model has one.",
            code="seal.no-index",
            hint="Name the safetensors file itself where the model is in one.",
        )
    return within(folder, found[0].name)


def within(folder: Path, name: str) -> Path:
    """The file of this name in the folder. Raises Invalid where it is a link that leads out of it."""
    place = folder / name
    if not place.resolve().is_relative_to(folder.resolve()):
        raise Invalid(
            f"{place} is a link that leads out of its folder.", code="seal.outside", hint="Copy the file to its place."
        )
    return place
