"""Sealed files and folders as one run of bytes: every tensor has its place, and any span is read without the rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kept.core.keys.wiping import wipe
from kept.errors import Invalid, NotFound
from kept.practices.weights.backends.containers.mapped import mapped
from kept.practices.weights.backends.containers.places import place_of_keys
from kept.practices.weights.methods.safetensors import Tensor
from kept.practices.weights.methods.sealed.folder import SEALED_SUFFIX, Index
from kept.practices.weights.methods.sealed.keys import Secret, shard_key
from kept.practices.weights.methods.sealed.layout import NO_PARENT, PAGE, Preamble
from kept.practices.weights.methods.sealed.reading import Container, changed
from kept.practices.weights.methods.sealed.verifying import plain_digest

if TYPE_CHECKING:
    from typing_extensions import Buffer


class SealedModel:
    """The tensors of a sealed file, or of all shards of a folder one after the other; threads may share it."""

    def __init__(self, parts: Sequence[Container], file_id: str) -> None:
        self.file_id = file_id
        self._parts = tuple(parts)
        self._bases = [0]
        for part in parts:
            self._bases.append(self._bases[-1] + part.size)

    @property
    def size(self) -> int:
        """How many bytes all tensors take."""
        return self._bases[-1]

    @cached_property
    def tensors(self) -> Mapping[str, Tensor]:
        """Each tensor's type, shape and place among all bytes."""
        found: dict[str, Tensor] = {}
        for base, part in zip(self._bases, self._parts, strict=False):
            for name, each in part.header.tensors.items():
                if name in found:
                    raise Invalid(f"Two shards have a tensor {name[:200]!r}.", code="sealed.index")
                found[name] = replace(each, start=base + each.start, stop=base + each.stop)
        return found

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the files say of themselves; of shards, what the first says."""
        return self._parts[0].header.metadata if self._parts else {}

    @property
    def headers(self) -> tuple[bytes, ...]:
        """The header of each plaintext file as it was, in the order of their bytes."""
        return tuple(part.header_bytes for part in self._parts)

    def tensor(self, name: str) -> Tensor:
        """A tensor's type, shape and place. Raises Invalid where there is none of this name."""
        found = self.tensors.get(name)
        if found is None:
            raise Invalid(f"There is no tensor {name[:200]!r} in this file.", code="safetensors.no-tensor")
        return found

    def read_into(self, start: int, stop: int, out: Buffer, *, threads: int = 1) -> None:
        """Decrypt bytes of the tensors into `out`, which has exactly as many, straight into their place.

        Raises Invalid for a span that isn't there, and Unverified for what was changed; `out` is zero then.
        """
        if not self._parts:
            raise Invalid("This sealed file was closed.", code="sealed.closed", hint="Open it again.")
        view = memoryview(out).cast("B")
        if not 0 <= start <= stop <= self.size or len(view) != stop - start:
            raise Invalid(f"There are no bytes {start} to {stop} for this buffer.", code="sealed.span")
        pieces = [
            (part, max(start, base), min(stop, base + part.size), base)
            for base, part in zip(self._bases, self._parts, strict=False)
            if base < stop and base + part.size > start
        ]
        if threads > 1:
            pieces = [each for piece in pieces for each in _split(*piece, threads)]

        def read(piece: tuple[Container, int, int, int]) -> None:
            part, lo, hi, base = piece
            part.read_into(lo - base, hi - base, view[lo - start : hi - start])

        try:
            if threads > 1:
                with ThreadPoolExecutor(threads) as pool:
                    list(pool.map(read, pieces))
            else:
                for piece in pieces:
                    read(piece)
        except BaseException:
            wipe(view)
            raise

    def digests(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each plaintext file, in the order of their bytes. Raises Unverified for a change."""
        return tuple(map(plain_digest, self._parts))

    def part_at(self, start: int) -> Container:
        """The file that holds a byte."""
        return self._parts[bisect_right(self._bases, start) - 1]

    def close(self) -> None:
        """Overwrite what is kept of plaintext, and let go of the files."""
        for part in self._parts:
            part.close()
        self._parts = ()


def identify(place: Path | str) -> str:
    """The id of a sealed file or folder, which whoever put it there may have forged. Raises NotFound or Invalid."""
    view = mapped(place_of_keys(Path(place)))
    return Preamble.parse(bytes(view[:PAGE])).file_id.hex()


def open_sealed(place: Path | str, file_key: Secret, *, checked: bool = False) -> SealedModel:
    """Open a sealed file or folder by its file key, which stays the caller's to wipe.

    `checked` also compares each chunk with the digest that the sealer's header commits to, at less than half the speed.
    Raises NotFound, Invalid, or Unverified for another key and for what was changed.
    """
    first = place_of_keys(Path(place))
    container = Container.open(mapped(first), file_key, checked=checked)
    if container.preamble.draft.kind == "weights":
        if container.preamble.parent != NO_PARENT:
            raise Invalid(f"{place} is a shard.", code="sealed.shard", hint="Open its folder.")
        return SealedModel([container], container.file_id)
    index = Index.parse(container.header_bytes)
    parts = [_shard(first.parent, name, container, file_key, checked=checked) for name in index.shards]
    for name, part in zip(index.shards, parts, strict=True):
        index.check(name, part.header)
    return SealedModel(parts, container.file_id)


def _shard(folder: Path, name: str, index: Container, folder_key: Secret, *, checked: bool) -> Container:
    place = folder / f"{name}{SEALED_SUFFIX}"
    try:
        view = mapped(place)
    except NotFound as error:
        raise changed(f"its shard {name} is missing", code="sealed.shard") from error
    preamble = Preamble.parse(bytes(view[:PAGE]))
    if preamble.parent != index.preamble.file_id:
        raise changed(f"its shard {name} belongs to another folder", code="sealed.shard")
    key = shard_key(folder_key, preamble.draft)
    try:
        return Container.open(view, key, checked=checked)
    finally:
        wipe(key)


def _split(part: Container, lo: int, hi: int, base: int, count: int) -> list[tuple[Container, int, int, int]]:
    """The span in `count` runs of whole chunks, nearly alike."""
    size = part.preamble.draft.chunk_bytes
    first, last = (lo - base) // size, -(-(hi - base) // size)
    each = max(1, -(-(last - first) // count))
    edges = [base + at * size for at in range(first + each, last, each)]
    return [(part, start, stop, base) for start, stop in zip([lo, *edges], [*edges, hi], strict=True)]
