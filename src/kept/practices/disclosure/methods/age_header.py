"""Reads the header of an age file, which whoever can't decrypt it can still check.

Source: the age format, v1 (https://c2sp.org/age): a version line, stanzas ("-> type arguments" and a body in base64,
64 columns wide, whose last line is shorter), and "--- MAC"; then a nonce of 16 bytes and chunks of 64 KiB, each with a
tag of 16 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kept.errors import Invalid

VERSION = b"age-encryption.org/v1"
HEADER_LIMIT = 16 * 1024
STANZAS = 40
_NONCE, _TAG, _CHUNK = 16, 16, 64 * 1024
_X25519 = re.compile(rb"-> X25519 [A-Za-z0-9+/]{43}")
_GREASE = re.compile(rb"-> [!-~]{1,64}-grease( [!-~]{1,256})*")
_BODY = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_MAC = re.compile(rb"--- [A-Za-z0-9+/]{43}")
_ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"


@dataclass(frozen=True, slots=True)
class Header:
    """How many X25519 keys a file is encrypted to, and how long what it holds is, in bytes."""

    keys: int
    plaintext: int


def read_header(data: bytes) -> Header:
    """The header of an age file that is encrypted to X25519 keys alone. Raises Invalid for anything else.

    A passphrase is refused: whoever made the file would choose how long a triager's machine works on it.
    """
    if data.startswith(_ARMOUR):
        raise _malformed("it is armoured", "Encrypt without -a, --armor.")
    end = data.find(b"\n---", 0, HEADER_LIMIT)
    finish = data.find(b"\n", end + 1, HEADER_LIMIT + 64) if end >= 0 else -1
    if finish < 0 or data.partition(b"\n")[0] != VERSION:
        raise _malformed("it doesn't begin as age files do")
    lines = data[:finish].split(b"\n")
    keys = _stanzas(lines[1:-1])
    if not _MAC.fullmatch(lines[-1]):
        raise _malformed("its header has no end")
    return Header(keys, _plaintext(len(data) - finish - 1))


def _stanzas(lines: list[bytes]) -> int:
    keys, at = 0, 0
    while at < len(lines):
        kind = lines[at]
        if not (_X25519.fullmatch(kind) or _GREASE.fullmatch(kind)):
            raise _malformed("it is encrypted to something else than X25519 keys", "Use the recipients of this form.")
        size, at = _body(lines, at + 1)
        if kind.startswith(b"-> X25519 "):
            if size != 43:
                raise _malformed("a key of its header is malformed")
            keys += 1
    if not 0 < keys <= STANZAS:
        raise _malformed(f"it is encrypted to {keys} keys, and not to 1 to {STANZAS}")
    return keys


def _body(lines: list[bytes], at: int) -> tuple[int, int]:
    """The length of a body in base64, and the line after it."""
    size = 0
    while at < len(lines) and _BODY.fullmatch(lines[at]):
        size += len(lines[at])
        at += 1
        if len(lines[at - 1]) < 64:
            return size, at
    raise _malformed("a part of its header is cut off")


def _plaintext(payload: int) -> int:
    sealed = payload - _NONCE
    chunks = -(-sealed // (_CHUNK + _TAG))
    length = sealed - chunks * _TAG
    if sealed < _TAG or length < 0:
        raise _malformed("it is cut off")
    return length


def _malformed(why: str, hint: str = "Encrypt it with age, or by kept disclosure encrypt.") -> Invalid:
    return Invalid(f"This is no age file that can be taken: {why}.", code="report.not-age", hint=hint)
