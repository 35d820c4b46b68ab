"""Plain safetensors files and folders, as what is to be sealed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kept.errors import Conflict, Invalid
from kept.practices.weights.backends.containers.mapped import mapped, open_file
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.safetensors import LENGTH_BYTES, Header
from kept.practices.weights.methods.sealed.folder import INDEX_SUFFIX


@dataclass(frozen=True, slots=True)
class Plain:
    """A safetensors file, mapped: its header as it stands and as it reads, and the bytes of its tensors.

    It is looked at where it lies, so that no copy of it is made.
    """

    place: Path
    header_bytes: bytes
    header: Header
    body: memoryview
    _descriptor: int
    _found: os.stat_result

    @property
    def start(self) -> bytes:
        """All that stands before the tensors."""
        return len(self.header_bytes).to_bytes(LENGTH_BYTES, "little") + self.header_bytes

    @property
    def size(self) -> int:
        """The size of the file, in bytes."""
        return LENGTH_BYTES + len(self.header_bytes) + self.header.size

    def check_unchanged(self) -> None:
        """Raises Conflict where the file was written to since it was opened."""
        now = os.fstat(self._descriptor)
        if (now.st_size, now.st_mtime_ns) != (self._found.st_size, self._found.st_mtime_ns):
            raise Conflict(
                f"{self.place} was changed while it was sealed.", code="seal.changed", hint="Let nobody write to it."
            )


@contextmanager
def opened(place: Path) -> Iterator[Plain]:
    """A safetensors file. Raises NotFound, Unavailable, or Invalid where its header doesn't fit it.

    Whoever shortens the file at the wrong moment ends this process (SIGBUS), and nothing is left of what it wrote.
    """
    descriptor = open_file(place)
    try:
        found = os.fstat(descriptor)
        view = mapped(place, descriptor)
        length = safetensors.header_length(bytes(view[:LENGTH_BYTES]))
        start = LENGTH_BYTES + length
        if len(view) < start:
            raise Invalid(f"{place} ends within its header.", code="safetensors.malformed")
        header = bytes(view[LENGTH_BYTES:start])
        yield Plain(place, header, safetensors.parse(header, size=len(view) - start), view[start:], descriptor, found)
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
