"""Receipt codes: what a reporter keeps, and the three things that follow from it alone.

A code is 160 random bits. HKDF-SHA256 (RFC 5869) derives a handle, by which its thread is found; a secret, which opens
the thread; and an age identity, which reads the replies. The server is given the handle, the secret (of which it keeps
a slow salted digest) and the identity's public half: never the code, and never what reads the replies. The script of
the report form derives the same (`sealing.js`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kept.errors import Invalid
from kept.practices.disclosure.methods import bech32

CODE_BYTES = 20
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_GROUP, _CHECK = 4, 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_INFO = "kept disclosure receipt v1 "


@dataclass(frozen=True, slots=True)
class Keys:
    """What follows from a code: two texts in hex, and an age identity ("AGE-SECRET-KEY-1…")."""

    handle: str
    secret: str
    identity: str

    @property
    def access(self) -> str:
        """What opens the thread: handle and secret."""
        return f"{self.handle}.{self.secret}"


def code_of(random: bytes) -> str:
    """The code of 20 random bytes: eight groups of four letters or digits, and one that checks them."""
    text = _letters(int.from_bytes(random), CODE_BYTES * 8 // 5) + _check(random)
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def keys_of(code: str) -> Keys:
    """What follows from a code, however it was typed. Raises Invalid for one that was mistyped."""
    random = _random(code)
    derived = {name: _derive(random, name, size) for name, size in (("handle", 16), ("secret", 32), ("identity", 32))}
    identity = bech32.encode("age-secret-key-", derived["identity"]).upper()
    return Keys(derived["handle"].hex(), derived["secret"].hex(), identity)


def _random(code: str) -> bytes:
    text = "".join(code.upper().translate(_READ_AS).replace("-", " ").split())
    length = CODE_BYTES * 8 // 5
    if len(text) == length + _CHECK and set(text) <= set(LETTERS):
        number = 0
        for letter in text[:length]:
            number = number << 5 | LETTERS.index(letter)
        random = number.to_bytes(CODE_BYTES)
        if _check(random) == text[length:]:
            return random
    raise Invalid(
        "This is no receipt code, or it was mistyped.",
        code="receipt.mistyped",
        hint="It has nine groups of four letters and digits.",
    )


def _check(random: bytes) -> str:
    return _letters(int.from_bytes(hashlib.sha256(random).digest()[:3]) >> 4, _CHECK)


def _letters(number: int, count: int) -> str:
    return "".join(LETTERS[number >> 5 * (count - 1 - at) & 31] for at in range(count))


def _derive(random: bytes, name: str, size: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), size, salt=b"", info=(_INFO + name).encode()).derive(random)
