"""The first 4,096 bytes of a sealed file, which say where everything else stands."""

import struct
from dataclasses import dataclass
from typing import Literal

from blake3 import blake3

from kept.errors import Invalid
from kept.practices.weights.methods.safetensors import HEADER_LIMIT

MAGIC = b"KEPTSEAL"
VERSION = 1
PAGE = 4096
TAG_BYTES = 16
DIGEST_BYTES = 32
CHUNK_BYTES = 1 << 20
SLOT_BYTES = 192 << 10
"""Room for the envelope of ten custodians, whichever way they sign."""
NO_PARENT = bytes(DIGEST_BYTES)

Kind = Literal["weights", "index"]
_KINDS: dict[int, Kind] = {1: "weights", 2: "index"}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}
# What names the file, then what only its own key could have made, and how long the variable parts are.
_NAMED = struct.Struct("<8sIIIIQ32s")
_REST = struct.Struct("<32s32sII")
_USED = _NAMED.size + _REST.size
_CHUNKS = (PAGE, 16 << 20)
_SLOT_LIMIT = 1 << 20
_MANIFEST_LIMIT = 8 << 20
_BODY_LIMIT = 1 << 50


@dataclass(frozen=True, slots=True)
class Draft:
    """What is chosen before a file has a key, and names it: one salt, one file id, one sealing."""

    body_bytes: int
    salt: bytes
    kind: Kind = "weights"
    chunk_bytes: int = CHUNK_BYTES
    slot_bytes: int = SLOT_BYTES

    def to_bytes(self) -> bytes:
        """The first 64 bytes of the file."""
        number = _NUMBERS[self.kind]
        return _NAMED.pack(MAGIC, VERSION, number, self.chunk_bytes, self.slot_bytes, self.body_bytes, self.salt)

    @property
    def file_id(self) -> bytes:
        """BLAKE3 of those 64 bytes."""
        return blake3(self.to_bytes()).digest()

    @property
    def count(self) -> int:
        """The number of chunks."""
        return -(-self.body_bytes // self.chunk_bytes)


@dataclass(frozen=True, slots=True)
class Preamble:
    """The draft, the commitment to its key, the folder that it belongs to, and the lengths of what follows."""

    draft: Draft
    commitment: bytes
    payload_bytes: int
    manifest_bytes: int
    parent: bytes = NO_PARENT

    def to_bytes(self) -> bytes:
        """The first 4,096 bytes of the file. Raises Invalid for what `parse` would refuse."""
        rest = _REST.pack(self.commitment, self.parent, self.payload_bytes, self.manifest_bytes)
        _check(self)
        return (self.draft.to_bytes() + rest).ljust(PAGE, b"\0")

    @classmethod
    def parse(cls, data: bytes) -> "Preamble":
        """Read the first 4,096 bytes. Raises Invalid for another format or version, and for lengths out of bounds."""
        if len(data) < PAGE or data[:8] != MAGIC:
            raise Invalid("This is no file of sealed weights.", code="sealed.not-sealed", hint="kept weights seal")
        _, version, kind, chunk, slot, body, salt = _NAMED.unpack_from(data)
        if version != VERSION:
            raise Invalid(
                f"This file is sealed in version {version}; version {VERSION} alone is read.",
                code="sealed.version",
                hint="Read it with the kept that sealed it; no other version is ever guessed at.",
            )
        if kind not in _KINDS:
            raise _malformed(f"it is of the unknown kind {kind}")
        if data[_USED:PAGE].strip(b"\0"):
            raise _malformed("its preamble says more than this version knows")
        commitment, parent, payload, manifest = _REST.unpack_from(data, _NAMED.size)
        found = cls(Draft(body, salt, _KINDS[kind], chunk, slot), commitment, payload, manifest, parent)
        _check(found)
        return found

    @property
    def file_id(self) -> bytes:
        """What leases and statements name the file by, in hex."""
        return self.draft.file_id

    @property
    def slots(self) -> tuple[tuple[int, int], ...]:
        """Where the two key slots begin and end; none in a shard, whose key follows from its folder's."""
        size = self.draft.slot_bytes
        return ((PAGE, PAGE + size), (PAGE + size, PAGE + 2 * size)) if size else ()

    @property
    def manifest(self) -> tuple[int, int]:
        """Where the signed manifest's area begins and ends."""
        start = PAGE + 2 * self.draft.slot_bytes
        return start, start + self.manifest_bytes

    @property
    def table(self) -> tuple[int, int]:
        """Where the digests of the chunks begin and end."""
        start = self.manifest[1]
        return start, start + DIGEST_BYTES * self.draft.count

    @property
    def header(self) -> tuple[int, int]:
        """Where the encrypted header begins and ends, its tag included."""
        start = self.table[1]
        return start, start + self.payload_bytes + TAG_BYTES

    @property
    def body(self) -> tuple[int, int]:
        """Where the chunks begin, at a multiple of 4,096, and where they and the file end."""
        start = -(-self.header[1] // PAGE) * PAGE
        return start, start + self.draft.body_bytes + TAG_BYTES * self.draft.count

    def chunk(self, index: int) -> tuple[int, int]:
        """Where a chunk of ciphertext begins and ends in the file, its tag included."""
        start = self.body[0] + index * (self.draft.chunk_bytes + TAG_BYTES)
        return start, start + self.plain(index) + TAG_BYTES

    def plain(self, index: int) -> int:
        """How many bytes of plaintext a chunk holds."""
        return min(self.draft.chunk_bytes, self.draft.body_bytes - index * self.draft.chunk_bytes)


def room_for_manifest(shards: int = 0) -> int:
    """How many bytes are kept for the signed manifest, a multiple of 4,096, before it is known."""
    return (4 * PAGE) + -(-shards * 1024 // PAGE) * PAGE


def _check(preamble: Preamble) -> None:
    draft = preamble.draft
    chunk, slot = draft.chunk_bytes, draft.slot_bytes
    if not _CHUNKS[0] <= chunk <= _CHUNKS[1] or chunk & (chunk - 1):
        raise _malformed(f"chunks of {chunk} bytes are not a power of two from {_CHUNKS[0]} to {_CHUNKS[1]}")
    if slot % PAGE or slot > _SLOT_LIMIT or (slot == 0) != (preamble.parent != NO_PARENT):
        raise _malformed(f"key slots of {slot} bytes don't fit what it says it is")
    if draft.body_bytes > _BODY_LIMIT or (draft.kind == "index" and draft.body_bytes):
        raise _malformed(f"a body of {draft.body_bytes} bytes doesn't fit what it says it is")
    if draft.kind == "index" and preamble.parent != NO_PARENT:
        raise _malformed("an index belongs to no folder but its own")
    if not 2 * DIGEST_BYTES <= preamble.payload_bytes <= HEADER_LIMIT + 2 * DIGEST_BYTES:
        raise _malformed(f"a header of {preamble.payload_bytes} bytes is out of bounds")
    if not PAGE <= preamble.manifest_bytes <= _MANIFEST_LIMIT or preamble.manifest_bytes % PAGE:
        raise _malformed(f"{preamble.manifest_bytes} bytes for the manifest are out of bounds")


def _malformed(why: str) -> Invalid:
    return Invalid(f"The sealed file is malformed: {why}.", code="sealed.malformed", hint="Take it from its backup.")
