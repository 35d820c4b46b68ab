"""Verifying an exported log: what a stranger does with nothing but the folder and a trust file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kept.core import cosignature, note
from kept.core.erasure import ERASURE_TYPE, Erasure
from kept.core.ledger import export
from kept.core.ledger.records import Recorded
from kept.core.note import Checkpoint, Note, VerifierKey
from kept.core.statement import Envelope
from kept.core.trust import KEY_EVENT_TYPE, VOID, KeyHistory, Trust
from kept.errors import Unverified
from kept.practices.ledger.records import Verified


@dataclass(slots=True)
class _Counts:
    statements: int = 0
    absent: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)
    events: list[tuple[int, Envelope]] = field(default_factory=list)


def verify(folder: Path, *, trust: Trust | None, as_of: datetime) -> Verified:
    """Verify an exported log, in four steps. Raises Unverified, Invalid or NotFound, naming what is at fault.

    1. Every entry, tile and body hashes to the root of the checkpoint; a body is absent only where a statement says
       that it was erased.
    2. The checkpoint is of the trusted log and signed by a key that could sign at its size.
    3. Every signature by a known key holds. A statement whose signatures don't count at its index is void, and told.
    4. Witnesses are counted; too few make the log unwitnessed, which is a state and not an error.
    """
    signed = export.read_checkpoint(folder)
    checkpoint = Checkpoint.parse(signed.text)
    # 1.
    counts = _Counts()
    for recorded in export.read(folder, checkpoint):
        _count(counts, recorded)
    if unexplained := counts.absent - counts.erased:
        raise Unverified(
            f"Entry {min(unexplained)} has no body, and no statement says that it was erased.",
            code="ledger.body-absent",
        )
    root = base64.b64encode(checkpoint.root).decode()
    if trust is None:
        return Verified(
            "consistent, not authenticated",
            checkpoint.origin,
            checkpoint.size,
            root,
            counts.statements,
            len(counts.absent),
        )
    # 2.
    history = KeyHistory.replay(trust, counts.events)
    keys = _check_log(signed, checkpoint, trust=trust, history=history)
    # 3.
    refused = {one.index: one.message for one in history.refused}
    for index, predicate, envelope in _envelopes(folder, checkpoint):
        try:
            trust.authorise(envelope, predicate_type=predicate, index=index, history=history)
        except Unverified as error:
            if error.code not in VOID:
                raise
            refused[index] = error.message
    # 4.
    witnessing = cosignature.witnessed(signed, trust.witnesses, log_keys=keys, as_of=as_of)
    return Verified(
        "authenticated",
        checkpoint.origin,
        checkpoint.size,
        root,
        counts.statements,
        len(counts.absent),
        witnessing,
        tuple(f"entry {index}: {message}" for index, message in sorted(refused.items())),
    )


def _count(counts: _Counts, recorded: Recorded) -> None:
    envelope, statement = recorded.envelope, recorded.statement
    if envelope is None or statement is None:
        if recorded.entry.predicate in (KEY_EVENT_TYPE, ERASURE_TYPE):
            raise Unverified(f"The body of entry {recorded.index} is needed, and absent.", code="ledger.body-absent")
        counts.absent.add(recorded.index)
        return
    counts.statements += 1
    if recorded.entry.predicate == KEY_EVENT_TYPE:
        counts.events.append((recorded.index, envelope))
    if recorded.entry.predicate == ERASURE_TYPE:
        erased = Erasure.parse(statement)
        if erased.index < recorded.index:
            counts.erased.add(erased.index)


def _check_log(signed: Note, checkpoint: Checkpoint, *, trust: Trust, history: KeyHistory) -> list[VerifierKey]:
    if checkpoint.origin != trust.log.origin:
        raise Unverified(
            f"The log is {checkpoint.origin}, and the trust file is for {trust.log.origin}.", code="ledger.origin"
        )
    keys = [VerifierKey.parse(key) for key in history.log_keys(checkpoint.size)]
    note.verify(signed, keys)
    return keys


def _envelopes(folder: Path, checkpoint: Checkpoint) -> Iterator[tuple[int, str, Envelope]]:
    for recorded in export.read(folder, checkpoint):
        if recorded.envelope is not None:
            yield recorded.index, recorded.entry.predicate, recorded.envelope
