"""What an exported log says of a sealed file: when it was sealed and given new keys, and whose keys counted then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept.core import note
from kept.core.ledger import export
from kept.core.note import Checkpoint, VerifierKey
from kept.core.statement import Envelope
from kept.core.trust import KEY_EVENT_TYPE, VOID, KeyHistory, Trust
from kept.errors import Unverified
from kept.practices.weights.methods.sealed import manifest, slots
from kept.predicates.weights_custody import KEYED, WeightsCustody
from kept.predicates.weights_custody import TYPE as CUSTODY


@dataclass(frozen=True, slots=True)
class Log:
    """A log that hashes to its signed checkpoint: the keys that counted, and what was said of weights, by index."""

    trust: Trust
    history: KeyHistory
    size: int
    custody: tuple[tuple[int, WeightsCustody], ...]

    @classmethod
    def read(cls, folder: Path, trust: Trust) -> Log:
        """Read an exported log, in three steps. Raises Unverified, Invalid or NotFound.

        1. Every entry and body hashes to the root of the checkpoint.
        2. The checkpoint is of the trusted log, signed by a key that counts at its size.
        3. Of what was said of weights, that counts whose signatures count at its index.
        """
        # 1.
        signed = export.read_checkpoint(folder)
        checkpoint = Checkpoint.parse(signed.text)
        found: dict[str, list[tuple[int, Envelope]]] = {KEY_EVENT_TYPE: [], CUSTODY: []}
        for recorded in export.read(folder, checkpoint):
            if recorded.entry.predicate in found:
                if recorded.envelope is None:
                    raise Unverified(f"The body of entry {recorded.index} is absent.", code="ledger.body-absent")
                found[recorded.entry.predicate].append((recorded.index, recorded.envelope))
        # 2.
        history = KeyHistory.replay(trust, found[KEY_EVENT_TYPE])
        if checkpoint.origin != trust.log.origin:
            raise Unverified(f"The trust file is for {trust.log.origin}, another log.", code="ledger.origin")
        note.verify(signed, [VerifierKey.parse(key) for key in history.log_keys(checkpoint.size)])
        # 3.
        custody = tuple(
            (index, WeightsCustody.parse(envelope.statement()))
            for index, envelope in found[CUSTODY]
            if _counts(trust, envelope, index, history)
        )
        return cls(trust, history, checkpoint.size, custody)

    def judge(self, found: Any) -> tuple[tuple[str, ...], int]:
        """Who sealed what was found in a place, by the keys that counted when it was recorded; and where that stands.

        Raises Unverified for a file that the log doesn't know, or knows by other weights; for one with older keys than
        were recorded last; and for signatures that didn't count.
        """
        file, weights = found.first.preamble.file_id.hex(), f"sha256:{found.first.manifest.weights}"
        said = [(index, each) for index, each in self.custody if file in each.files]
        moments = [index for index, each in said if each.event in KEYED]
        if not said or said[0][1].event != "sealed" or any(each.weights != weights for _, each in said):
            raise Unverified(
                "The log doesn't say that these weights were sealed so.",
                code="sealed.not-recorded",
                hint="Where they were sealed since it was published, ask for the log of now.",
            )
        if found.first.keys.generation < len(moments):
            raise Unverified(
                "The file has older keys than the log says: an earlier copy was put back.",
                code="sealed.older-keys",
                hint="Take the file as it was after its keys were last replaced.",
            )
        names: set[str] = set()
        for each in (found.first, *found.shards):
            names |= self._who(each.manifest.envelope, manifest.TYPE, moments[0])
        for slot in found.first.slots:
            if slot is not None:
                names |= self._who(slot.signed, slots.TYPE, self._moment(slot.generation, moments))
        return tuple(sorted(names)), moments[0]

    def _moment(self, generation: int, moments: Sequence[int]) -> int:
        """Where keys of a generation were recorded; those that were written last may not be, yet."""
        return moments[generation - 1] if generation <= len(moments) else self.size

    def _who(self, envelope: Envelope, kind: str, index: int) -> set[str]:
        return set(self.trust.authorise(envelope, predicate_type=kind, index=index, history=self.history).actors)


def who_signed(trust: Trust, found: Any) -> tuple[str, ...]:
    """Who sealed what was found in a place, by the trust file alone. Raises Unverified where nobody did that counts."""
    names: set[str] = set()
    for each in (found.first, *found.shards):
        names |= set(trust.authorise(each.manifest.envelope, predicate_type=manifest.TYPE, index=0).actors)
    for slot in found.first.slots:
        if slot is not None:
            names |= set(trust.authorise(slot.signed, predicate_type=slots.TYPE, index=0).actors)
    return tuple(sorted(names))


def _counts(trust: Trust, envelope: Envelope, index: int, history: KeyHistory) -> bool:
    try:
        trust.authorise(envelope, predicate_type=CUSTODY, index=index, history=history)
    except Unverified as error:
        if error.code not in VOID:
            raise
        return False
    return True
