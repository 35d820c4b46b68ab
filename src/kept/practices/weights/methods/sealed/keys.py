"""What follows from a file key: the keys of header and body, and the commitment to it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any

from kept.core.keys.wiping import wipe
from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed.layout import Draft, Preamble

Secret = bytes | bytearray | memoryview
"""A key of 32 bytes, in whatever memory its owner keeps it."""
KEY_BYTES = 32
_INFO = b"kept/sealed/v1 keys\x00"
_SHARD = b"kept/sealed/v1 shard key\x00"


@dataclass(frozen=True, slots=True)
class Keys:
    """The ciphers of one file, and the 32 bytes that commit to its key."""

    header: Any = field(repr=False)
    body: Any = field(repr=False)
    commitment: bytes

    @classmethod
    def derive(cls, file_key: Secret, draft: Draft) -> Keys:
        """HKDF-SHA512 (RFC 5869) of the file key under the file's salt; `info` ends in the file id. 96 bytes.

        AES-GCM doesn't commit to its key: two keys can open one ciphertext to two plaintexts. HKDF does, since SHA-512
        resists collisions. Raises Invalid for a key that hasn't 32 bytes.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        made = _derived(file_key, draft.salt, _INFO + draft.file_id, 3 * KEY_BYTES)
        try:
            header, body = made[:KEY_BYTES], made[KEY_BYTES : 2 * KEY_BYTES]
            keys = cls(AESGCM(header), AESGCM(body), bytes(made[2 * KEY_BYTES :]))
        finally:
            wipe(made, header, body)
        return keys

    @classmethod
    def unlock(cls, file_key: Secret, preamble: Preamble) -> Keys:
        """The keys of a sealed file. Raises Unverified unless the file was sealed under this very key."""
        keys = cls.derive(file_key, preamble.draft)
        if not hmac.compare_digest(keys.commitment, preamble.commitment):
            raise Unverified(
                "This is not the key of this file, or the beginning of the file was changed.",
                code="sealed.key",
                hint="kept weights verify tells whether the file was changed; it needs no key.",
            )
        return keys


def shard_key(folder_key: Secret, draft: Draft) -> bytearray:
    """The file key of a shard, from the key of the folder's index: 32 bytes, for the caller to wipe."""
    return _derived(folder_key, draft.salt, _SHARD + draft.file_id, KEY_BYTES)


def _derived(key: Secret, salt: bytes, info: bytes, length: int) -> bytearray:
    from cryptography.hazmat.primitives.hashes import SHA512
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if len(key) != KEY_BYTES:
        raise Invalid(f"A file key has {KEY_BYTES} bytes.", code="sealed.key")
    made = bytearray(length)
    HKDF(SHA512(), length, salt, info).derive_into(key, made)
    return made
