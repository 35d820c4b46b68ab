"""C2SP tlog-witness v1.0.0: the request, the answers, and a witness that never cosigns two histories of one log.

The protocol only; whoever carries it over HTTP maps the kinds of error below to their status.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from kept.core import cosignature, merkle, note
from kept.core.context import Clock
from kept.core.cosignature import Cosigner
from kept.core.note import NOTE_LIMIT, Checkpoint, Note, NoteSignature, VerifierKey
from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified

REQUEST_LIMIT = NOTE_LIMIT + 64 * 46
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign: the size that the witness is thought to hold, the proof from there, the signed note."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def to_bytes(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old_size}", *(base64.b64encode(one).decode() for one in self.proof)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note.to_bytes()

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Read the body of a request. Raises Invalid."""
        if len(body) > REQUEST_LIMIT:
            raise _malformed(f"it has {len(body)} bytes")
        head, separator, rest = body.partition(b"\n\n")
        lines = head.decode("ascii", errors="replace").split("\n")
        first = _OLD.fullmatch(lines[0])
        if not separator or not first:
            raise _malformed('it does not begin with a line "old SIZE"')
        if len(lines) - 1 > merkle.PROOF_LIMIT:
            raise _malformed(f"its proof has {len(lines) - 1} hashes; at most {merkle.PROOF_LIMIT} can be needed")
        return cls(int(first[1]), tuple(_hash(line) for line in lines[1:]), Note.parse(rest))


class StaleSize(Conflict):
    """The witness holds another size than the request starts from: `size`."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The latest checkpoint that was cosigned here has {size} entries.",
            code="witness.stale",
            hint="Ask again with the consistency proof from that size.",
        )
        self.size = size


@dataclass(frozen=True, slots=True)
class Held:
    """What a witness holds of a log: the latest note that it cosigned, and when (POSIX seconds)."""

    note: Note
    time: int

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.parse(self.note.text)


class Slot(Protocol):
    """The durable place of one log's latest checkpoint, while it is locked."""

    def read(self) -> Held | None:
        """What is held. Raises Unverified when it is damaged."""
        ...

    def write(self, held: Held) -> None:
        """Replace it; durable on return."""
        ...


class Memory(Protocol):
    """Where a witness remembers; a place is locked against every other process while it is open."""

    def open(self, origin: str) -> AbstractContextManager[Slot]:
        """The place of a log."""
        ...


@dataclass(frozen=True, slots=True)
class Witness:
    """Cosigns the checkpoints of the logs whose keys it was given."""

    cosigners: Sequence[Cosigner]
    logs: Callable[[str], Collection[VerifierKey]]
    memory: Memory
    clock: Clock

    def add_checkpoint(self, body: bytes) -> bytes:
        """Cosign, in the order of the specification; returns the signature lines.

        Raises Invalid (malformed, or an old size beyond the checkpoint: 400), NotFound (unknown log: 404), Denied
        (no trusted signature: 403), StaleSize or Conflict (another size or root is held: 409) and Unverified (the
        consistency proof doesn't hold: 422).
        """
        request = AddCheckpoint.parse(body)
        checkpoint = Checkpoint.parse(request.note.text)
        # 1. The log is known and signed the checkpoint; only then is anything looked up or proved.
        keys = self.logs(checkpoint.origin)
        if not keys:
            raise NotFound(f"The log {checkpoint.origin[:80]!r} is not witnessed here.", code="witness.unknown-log")
        try:
            signed_by = note.verify(request.note, keys)
        except Unverified as error:
            raise Denied(error.message, code="witness.unsigned") from error
        if request.old_size > checkpoint.size:
            raise _malformed(f"its old size {request.old_size} is beyond its checkpoint of {checkpoint.size}")
        with self.memory.open(checkpoint.origin) as slot:
            # 2. It extends what is held.
            held = slot.read()
            _check_extension(request, checkpoint, held)
            # 3. It is remembered before it is cosigned, at a time that never runs backwards.
            time = max(int(self.clock().timestamp()), held.time if held else 0)
            kept = Note(request.note.text, _signatures_of(request.note, signed_by))
            slot.write(Held(kept, time))
            lines = [cosigner.cosign(request.note.text, time=time).line() for cosigner in self.cosigners]
        return "".join(lines).encode()


def read_cosignatures(body: bytes, *, text: str, keys: Collection[VerifierKey]) -> tuple[NoteSignature, ...]:
    """The cosignatures in a witness's answer that are by `keys` and hold; others are passed over.

    Raises Invalid for another answer, Unverified when a signature by one of the keys is false or none is there.
    """
    if len(body) > NOTE_LIMIT:
        raise Invalid(f"The witness answered {len(body)} bytes.", code="witness.answer")
    try:
        answered = Note(text, note.parse_signatures(body.decode()))
    except UnicodeDecodeError as error:
        raise Invalid("The witness's answer is not UTF-8.", code="witness.answer") from error
    known = [key for key in keys if answered.by(key)]
    for key in known:
        cosignature.verify(answered, key)
    if not known:
        raise Unverified("The witness answered with no cosignature of its key.", code="witness.other-key")
    return _signatures_of(answered, known)


def _check_extension(request: AddCheckpoint, checkpoint: Checkpoint, held: Held | None) -> None:
    known = held.checkpoint if held else None
    size = known.size if known else 0
    if request.old_size != size:
        raise StaleSize(size)
    if known is None or size == 0:
        if request.proof:
            raise Unverified("A proof from size 0 is empty.", code="witness.proof")
        if checkpoint.size == 0 and checkpoint.root != merkle.EMPTY_ROOT:
            raise Unverified("The root of the empty log is wrong.", code="witness.root")
        return
    if checkpoint.size == size and checkpoint.root != known.root:
        raise Conflict(f"Another root was cosigned for the size {size}: the log has forked.", code="witness.fork")
    try:
        merkle.verify_consistency(
            old_size=size,
            old_root=known.root,
            new_size=checkpoint.size,
            new_root=checkpoint.root,
            proof=request.proof,
        )
    except Invalid as error:
        raise Unverified(error.message, code=error.code) from error


def _signatures_of(signed: Note, keys: Collection[VerifierKey]) -> tuple[NoteSignature, ...]:
    wanted = {(key.name, key.key_id) for key in keys}
    return tuple(one for one in signed.signatures if (one.name, one.key_id) in wanted)


def _hash(line: str) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != merkle.HASH_BYTES or base64.b64encode(value).decode() != line:
        raise _malformed(f"{line[:60]!r} is not a hash")
    return value


def _malformed(why: str) -> Invalid:
    return Invalid(f"This is not a request to add a checkpoint: {why}.", code="witness.malformed")
