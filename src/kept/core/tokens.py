"""Secrets handed out once: "<prefix><id>.<secret>", of which a salted digest is kept."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from kept.core.context import Entropy

_ID_BYTES, _SALT_BYTES, _SECRET_BYTES = 8, 16, 32
_ID_CHARACTERS, _LONGEST = 2 * _ID_BYTES, 128


@dataclass(frozen=True, slots=True)
class Token:
    """A new secret, and what is kept of it."""

    text: str
    id: str
    salt: bytes
    digest: bytes


def make(prefix: str, entropy: Entropy) -> Token:
    """A new secret of 256 bits."""
    number, salt, secret = entropy(_ID_BYTES).hex(), entropy(_SALT_BYTES), entropy(_SECRET_BYTES)
    text = f"{prefix}{number}.{base64.urlsafe_b64encode(secret).rstrip(b'=').decode()}"
    return Token(text, number, salt, _digest(salt, secret))


def read(prefix: str, text: str) -> tuple[str, bytes] | None:
    """The id and the secret in a text, or None where it can't be one of ours."""
    if len(text) > _LONGEST or not text.isascii() or not text.startswith(prefix):
        return None
    number, _, secret = text.removeprefix(prefix).partition(".")
    if len(number) != _ID_CHARACTERS or not number.isalnum():
        return None
    try:
        found = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return (number, found) if len(found) == _SECRET_BYTES else None


def is_of(secret: bytes, *, salt: bytes, digest: bytes) -> bool:
    """Whether the digest is of this secret."""
    return hmac.compare_digest(_digest(salt, secret), digest)


def _digest(salt: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(salt + secret).digest()
