"""Secrets of marks at rest: AES-256-GCM (NIST SP 800-38D) under a key that scrypt (RFC 7914) makes of a passphrase."""

import hashlib
from functools import lru_cache

from kept.errors import Denied, Invalid

SALT_BYTES, NONCE_BYTES, SECRET_BYTES = 16, 12, 32
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_MEMORY = 32 * 1024 * 1024


def seal(secret: bytes, passphrase: bytes, *, salt: bytes, nonce: bytes, name: str) -> bytes:
    """The nonce and the sealed secret of the key called `name`, to which it is bound.

    A nonce is used once under a salt. Raises Invalid for an empty passphrase.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return nonce + AESGCM(_derive(passphrase, salt)).encrypt(nonce, secret, name.encode())


def unseal(sealed: bytes, passphrase: bytes, *, salt: bytes, name: str) -> bytes:
    """The secret of the key called `name`. Raises Denied where the passphrase doesn't open it, or Invalid."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(_derive(passphrase, salt)).decrypt(nonce, body, name.encode())
    except (InvalidTag, ValueError) as error:
        raise Denied(
            f"The passphrase does not open the mark key {name}, or the key is damaged.",
            code="key.passphrase",
            hint="Use the passphrase with which the workspace was made.",
        ) from error


@lru_cache(maxsize=8)
def _derive(passphrase: bytes, salt: bytes) -> bytes:
    """Slow on purpose, so keys that share a salt are opened by one derivation."""
    if not passphrase:
        raise Invalid("The passphrase of the mark keys is empty.", code="passphrase.empty")
    return hashlib.scrypt(passphrase, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY, dklen=32)
