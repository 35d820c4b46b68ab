"""C2SP signed notes v1.0.0, their verifier keys, and checkpoints (tlog-checkpoint v1.0.0).

What was signed is kept as the text that was read and never written anew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kept.core.merkle import HASH_BYTES
from kept.errors import Invalid, Unverified

NOTE_LIMIT = 1_000_000
SIGNATURE_LIMIT = 100
SIZE_LIMIT = 2**63 - 1

LOG_KEY = 0x01
"""Signature type of a log's Ed25519 key (signed-note v1.0.0)."""
COSIGNER_KEY = 0x04
"""Signature type of an Ed25519 cosigner (tlog-cosignature, cosignature/v1)."""
COSIGNER_KEY_ML_DSA_44 = 0x06
"""Signature type of an ML-DSA-44 cosigner (tlog-cosignature, subtree/v1)."""

KEY_BYTES = {LOG_KEY: 32, COSIGNER_KEY: 32, COSIGNER_KEY_ML_DSA_44: 1312}

_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its id (4 bytes) and the signature."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line, with its final newline."""
        return f"— {self.name} {_encode(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, whose every line ends in a newline, and the signatures below it."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def to_bytes(self) -> bytes:
        """The signed note as it is served."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a signed note of at most 1 MB and 100 signatures. Raises Invalid."""
        if len(data) > NOTE_LIMIT:
            raise _malformed(f"it has {len(data)} bytes; at most {NOTE_LIMIT} are read")
        try:
            document = data.decode()
        except UnicodeDecodeError as error:
            raise _malformed(f"it is not UTF-8 at byte {error.start}") from error
        text, separator, block = document.rpartition("\n\n")
        if not separator or not block.endswith("\n"):
            raise _malformed("no empty line stands between its text and its signatures")
        if _CONTROL.search(document):
            raise _malformed("it holds a control character")
        return cls(text + "\n", parse_signatures(block))

    def with_signatures(self, further: Iterable[NoteSignature]) -> Note:
        """The note with further signatures; a newer one replaces an older one of the same key."""
        kept = {(signature.name, signature.key_id): signature for signature in (*self.signatures, *further)}
        return replace(self, signatures=tuple(kept.values()))

    def by(self, key: VerifierKey) -> tuple[bytes, ...]:
        """The signatures that claim to be of this key, unverified."""
        return tuple(item.value for item in self.signatures if (item.name, item.key_id) == (key.name, key.key_id))


def parse_signatures(block: str) -> tuple[NoteSignature, ...]:
    """Signature lines, each with its newline. Raises Invalid for any other line, and for none."""
    lines = block.split("\n")
    if lines.pop() or not 0 < len(lines) <= SIGNATURE_LIMIT:
        raise _malformed(f"between one and {SIGNATURE_LIMIT} signature lines belong below its text")
    signatures = []
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        value = _decode(match[2]) if match and _NAME.fullmatch(match[1]) else b""
        if not match or len(value) < 5:
            raise _malformed(f"{line[:60]!r} is not a signature line")
        signatures.append(NoteSignature(match[1], value[:4], value[4:]))
    return tuple(signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name, as verifier keys ("vkeys") write it; `kind` is the signature type."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Invalid(f"{self.name[:60]!r} can't name a key: no spaces, no '+'.", code="note.key-name")
        if KEY_BYTES.get(self.kind) != len(self.public):
            raise Invalid(
                f"The key {self.name!r} is of signature type {self.kind:#04x} with {len(self.public)} bytes; "
                "known are Ed25519 (0x01, 0x04, 32 bytes) and ML-DSA-44 (0x06, 1312 bytes).",
                code="note.key-type",
            )

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name, newline, type, public key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_encode(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read "name+hexadecimal id+base64". Raises Invalid, also when the id isn't that of the key."""
        parts = text.strip().split("+", 2)
        material = _decode(parts[2]) if len(parts) == 3 else b""
        if not material:
            raise Invalid(f"{text[:60]!r} is not a verifier key.", code="note.key", hint="name+id+base64 key")
        key = cls(parts[0], material[0], material[1:])
        if key.key_id.hex() != parts[1]:
            raise Invalid(f"The verifier key {key.name!r} carries another key's id.", code="note.key-id")
        return key


def sign(text: str, *, key: VerifierKey, sign_message: Callable[[bytes], bytes]) -> NoteSignature:
    """A log's signature over a note's text."""
    return NoteSignature(key.name, key.key_id, sign_message(text.encode()))


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The log keys among `keys` that signed the note. Raises Unverified for none, or for one false signature."""
    found = []
    for key in keys:
        for value in note.by(key) if key.kind == LOG_KEY else ():
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(value, note.text.encode())
            except InvalidSignature as error:
                raise Unverified(f"The signature of {key.name} is false.", code="note.signature") from error
            found.append(key)
    if not found:
        signers = ", ".join(sorted({signature.name for signature in note.signatures}))
        raise Unverified(f"No key that is trusted here signed the note; {signers} did.", code="note.unsigned")
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's state: its origin, its number of entries and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text."""
        lines = (self.origin, str(self.size), _encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note. Raises Invalid."""
        lines = text.split("\n")
        if lines.pop() or len(lines) < 3 or not all(lines):
            raise Invalid("A checkpoint has at least three lines, none of them empty.", code="note.checkpoint")
        if not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) > SIZE_LIMIT:
            raise Invalid(f"{lines[1][:40]!r} is not the size of a log.", code="note.checkpoint")
        root = _decode(lines[2])
        if len(root) != HASH_BYTES:
            raise Invalid(f"{lines[2][:60]!r} is not the root of a log.", code="note.checkpoint")
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:]))


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decode(text: str) -> bytes:
    """Standard base64 in its one canonical form, else nothing."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return value if _encode(value) == text else b""


def _malformed(why: str) -> Invalid:
    return Invalid(f"This is not a signed note: {why}.", code="note.malformed")
