"""C2SP tlog-proof v1: one text file that proves, offline, that a log holds an entry."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass

from kept.core import merkle, note
from kept.core.note import NOTE_LIMIT, Checkpoint, Note, VerifierKey
from kept.core.tiles import ENTRY_LIMIT
from kept.errors import Invalid, Unverified

MAGIC = "c2sp.org/tlog-proof@v1"
PROOF_BYTES = NOTE_LIMIT + 2 * ENTRY_LIMIT + 64 * 46
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's index, its audit path and the signed checkpoint; `extra` carries the entry itself."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        """The proof as a file."""
        extra = [f"extra {base64.b64encode(self.extra).decode()}"] if self.extra else []
        hashes = (base64.b64encode(one).decode() for one in self.hashes)
        lines = [MAGIC, *extra, f"index {self.index}", *hashes]
        return "\n".join(lines).encode() + b"\n\n" + self.note.to_bytes()

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        """Read a proof. Raises Invalid."""
        if len(data) > PROOF_BYTES:
            raise _malformed(f"it has {len(data)} bytes")
        head, separator, rest = data.partition(b"\n\n")
        lines = head.decode("ascii", errors="replace").split("\n")
        if not separator or lines.pop(0) != MAGIC:
            raise _malformed(f"it does not begin with {MAGIC}")
        extra = _decode(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else b""
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if not index or len(lines) > merkle.PROOF_LIMIT:
            raise _malformed("its index or its hashes are missing or too many")
        hashes = tuple(_decode(line) for line in lines)
        if any(len(one) != merkle.HASH_BYTES for one in hashes):
            raise _malformed("a hash is not 32 bytes long")
        return cls(int(index[1]), hashes, Note.parse(rest), extra)

    def verify(self, entry: bytes, *, log_keys: Collection[VerifierKey]) -> Checkpoint:
        """Check that a log with these keys holds `entry`; returns its checkpoint. Raises Unverified or Invalid."""
        note.verify(self.note, log_keys)
        checkpoint = Checkpoint.parse(self.note.text)
        if self.index >= checkpoint.size:
            raise Unverified(f"The checkpoint has {checkpoint.size} entries, and no {self.index}.", code="proof.index")
        merkle.verify_inclusion(
            merkle.leaf_hash(entry),
            index=self.index,
            size=checkpoint.size,
            proof=self.hashes,
            root=checkpoint.root,
        )
        return checkpoint


def _decode(line: str) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not value or base64.b64encode(value).decode() != line:
        raise _malformed(f"{line[:60]!r} is not base64")
    return value


def _malformed(why: str) -> Invalid:
    return Invalid(f"This is not a tlog-proof: {why}.", code="proof.malformed")
