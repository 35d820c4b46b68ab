"""A signer whose key comes from a word: the same in every run."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kept.core.keys import PublicKey


class SeededSigner:
    """An Ed25519 signer whose key comes from a word."""

    algorithm = "ed25519"

    def __init__(self, word: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest())
        self.public = self._key.public_key().public_bytes_raw()
        self.key_id = PublicKey("ed25519", self.public).key_id

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)
