"""Sealing: each chunk is encrypted once, under a key that belongs to one salt, so that no nonce is ever used twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.errors import Conflict, Invalid
from kept.practices.weights.methods.sealed import tree
from kept.practices.weights.methods.sealed.keys import Keys, Secret
from kept.practices.weights.methods.sealed.layout import (
    DIGEST_BYTES,
    NO_PARENT,
    TAG_BYTES,
    Draft,
    Preamble,
    room_for_manifest,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

NONCE_BYTES = 12
HEADER_NONCE = bytes(NONCE_BYTES)


def chunk_nonce(index: int) -> bytes:
    """The chunk's index, big-endian, in 12 bytes."""
    return index.to_bytes(NONCE_BYTES, "big")


def chunk_binding(file_id: bytes, index: int, count: int) -> bytes:
    """What a chunk is bound to: the file id, then its index and the count of chunks, eight bytes each, big-endian."""
    return file_id + index.to_bytes(8, "big") + count.to_bytes(8, "big")


class Sealing:
    """One sealing of one file: gives out each chunk and the header once, and refuses a second time.

    `payload_bytes` is the length of what the header says: two digests and the safetensors header (or the index).
    Several threads may seal different chunks at once.
    """

    def __init__(
        self,
        draft: Draft,
        file_key: Secret,
        *,
        payload_bytes: int,
        manifest_bytes: int = 0,
        parent: bytes = NO_PARENT,
    ) -> None:
        self._keys = Keys.derive(file_key, draft)
        room = manifest_bytes or room_for_manifest()
        self.preamble = Preamble(draft, self._keys.commitment, payload_bytes, room, parent)
        self.preamble.to_bytes()
        self._file_id, self._count = draft.file_id, draft.count
        self._leaves: dict[int, bytes] = {}
        self._begun: dict[int, object] = {}
        self._finished = False

    def chunk(self, index: int, plain: Buffer, out: memoryview) -> None:
        """Encrypt a chunk into `out`, which has 16 bytes more. Raises Conflict for an index that was sealed before."""
        if not 0 <= index < self._count or len(memoryview(plain)) != self.preamble.plain(index):
            raise Invalid(f"This is no whole chunk {index} of the file.", code="sealed.no-chunk")
        ours = object()
        # One step of the interpreter, so that of two threads one is refused.
        if self._begun.setdefault(index, ours) is not ours:
            raise Conflict(f"Chunk {index} was sealed before: its nonce is spent.", code="sealed.nonce")
        binding = chunk_binding(self._file_id, index, self._count)
        self._keys.body.encrypt_into(chunk_nonce(index), plain, binding, out)
        self._leaves[index] = tree.leaf(out)

    def finish(self, plain_digest: bytes, header: bytes) -> tuple[bytes, bytes]:
        """The table of digests and the encrypted header, once every chunk is sealed. Raises Conflict before, or twice.

        `plain_digest` is the SHA-256 of the plaintext file; `header` is the safetensors header, or the folder's index.
        """
        if self._finished or len(self._leaves) != self._count:
            raise Conflict("The header is sealed once, after every chunk.", code="sealed.nonce")
        self._finished = True
        table = b"".join(self._leaves[index] for index in range(self._count))
        payload = plain_digest + tree.root(table) + header
        if len(payload) != self.preamble.payload_bytes or len(plain_digest) != DIGEST_BYTES:
            raise Invalid("The header has another length than it was given room for.", code="sealed.header")
        out = bytearray(len(payload) + TAG_BYTES)
        self._keys.header.encrypt_into(HEADER_NONCE, payload, self.preamble.to_bytes(), out)
        return table, bytes(out)
