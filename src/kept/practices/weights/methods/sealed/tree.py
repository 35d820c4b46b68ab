"""The BLAKE3 root over the chunks of ciphertext, tags included.

A tag of AES-GCM binds nobody who holds the key: an insider can make another chunk with the same tag. The root does.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from blake3 import blake3

from kept.errors import Unverified
from kept.practices.weights.methods.sealed.layout import DIGEST_BYTES

if TYPE_CHECKING:
    from typing_extensions import Buffer

_ROOT = b"kept/sealed/v1 root\x00"


def leaf(chunk: Buffer, *, threads: int = 1) -> bytes:
    """BLAKE3 of a chunk of ciphertext, 32 bytes."""
    return blake3(chunk, max_threads=threads).digest()


def root(table: Buffer) -> bytes:
    """BLAKE3 of the label and all leaves in order, 32 bytes."""
    return blake3(_ROOT).update(table).digest()


def named(digest: bytes) -> str:
    """The digest as statements write it."""
    return f"blake3:{digest.hex()}"


def check_leaf(table: Buffer, index: int, chunk: Buffer) -> None:
    """Raises Unverified unless the table holds the digest of this chunk at its index."""
    start = index * DIGEST_BYTES
    if not hmac.compare_digest(bytes(memoryview(table)[start : start + DIGEST_BYTES]), leaf(chunk)):
        raise Unverified(
            f"Chunk {index} of the sealed file was changed.",
            code="sealed.chunk",
            hint="Take the file from its backup.",
        )
