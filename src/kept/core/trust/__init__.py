"""Whom a verifier trusts: the trust file, who may sign what, and how keys came and went. Pure.

A trust file is the verifier's own decision. Nothing in a report can change it, except through key events that the
trusted keys themselves authorised in the ledger (`KeyHistory`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.core.keys import PublicKey
from kept.core.statement import PAYLOAD_TYPE, Envelope, pae
from kept.core.trust import document
from kept.core.trust.document import DEFAULT
from kept.core.trust.event import KEY_EVENT_TYPE, KeyEvent
from kept.core.trust.history import KeyHistory, Refusal, Tenure, key_events, sufficient, verifier_key
from kept.core.trust.records import ROOT, Purpose, Rule, TrustedKey, TrustedLog, Witness, WitnessRule
from kept.errors import Invalid, NotFound, Unverified

VOID = frozenset({"trust.unknown-key", "trust.not-in-effect", "trust.threshold"})
"""The codes of a statement that was read, and whose signatures hold but don't count at its index.

Such a statement is void and shown as void. It can't be taken out of the log, so it must not spoil the rest of it.
"""

__all__ = [
    "DEFAULT",
    "KEY_EVENT_TYPE",
    "ROOT",
    "VOID",
    "Authorised",
    "KeyEvent",
    "KeyHistory",
    "Purpose",
    "Refusal",
    "Rule",
    "Tenure",
    "Trust",
    "TrustedKey",
    "TrustedLog",
    "Witness",
    "WitnessRule",
    "key_events",
    "verifier_key",
]


@dataclass(frozen=True, slots=True)
class Authorised:
    """Who, by the trust file, stands behind an envelope: names of holders, their roles, and the keys that counted."""

    actors: tuple[str, ...]
    roles: frozenset[str]
    key_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier trusts: the log's keys, the signers, the policy by predicate type, and the witnesses."""

    organisation: str
    log: TrustedLog
    signers: tuple[TrustedKey, ...]
    policy: Mapping[str, Rule]
    witnesses: WitnessRule = field(default_factory=WitnessRule)

    @classmethod
    def parse(cls, data: bytes) -> "Trust":
        """The trust file in at most 1 MiB of JSON. Raises Invalid, saying where it is wrong and what was near."""
        trust = cls(**document.read(data))
        trust.initial_keys()
        return trust

    @classmethod
    def load(cls, path: Path) -> "Trust":
        """The trust file at `path`. Raises NotFound where it can't be read, and as `parse` does."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NotFound(
                f"The trust file {path} can't be read: {error.strerror}.",
                code="trust.missing",
                hint="Bring it back from its backup, or name another: --trust FILE",
            ) from error
        return cls.parse(data)

    @classmethod
    def from_document(cls, value: Mapping[str, Any]) -> "Trust":
        """The trust file that these plain JSON values make; as strict as `parse`."""
        return cls.parse(canonical.encode(value))

    def to_bytes(self) -> bytes:
        """The trust file's text, which `parse` reads back as an equal value."""
        return document.write(
            organisation=self.organisation,
            log=self.log,
            signers=self.signers,
            policy=self.policy,
            witnesses=self.witnesses,
        )

    def rule(self, predicate_type: str) -> Rule:
        """The rule for a predicate type: its own, else the default."""
        return self.policy.get(predicate_type, self.policy[DEFAULT])

    def initial_keys(self) -> tuple[TrustedKey, ...]:
        """The keys that count from index 0: the signers', then the log's.

        Raises Invalid for a log key that is not Ed25519, and for a key that has two uses.
        """
        keys = (PublicKey("ed25519", document.log_verifier_key(value).public) for value in self.log.keys)
        found = (*self.signers, *(TrustedKey(self.log.origin, key, frozenset(), "log") for key in keys))
        if len({one.key_id for one in found}) != len(found):
            raise Invalid("A key of the trust file has two uses.", code="trust.repeated-key")
        return found

    def authorise(
        self, envelope: Envelope, *, predicate_type: str, index: int, history: KeyHistory | None = None
    ) -> Authorised:
        """Who stands behind an envelope that is recorded at a ledger index.

        1. Every signature by a known key holds; signatures by unknown keys are passed over.
        2. The payload is a statement of the predicate type that the ledger entry names.
        3. Of those, the keys that counted at `index` satisfy the rule of the predicate type.

        Without a history, the keys of the trust file count everywhere. Raises Invalid when the payload is no
        statement, and Unverified with one of the codes signature.bad, trust.predicate-type, trust.unknown-key
        (no known key signed), trust.not-in-effect (too few, and a key had ended or not begun) and trust.threshold.
        """
        known = (history or KeyHistory.replay(self, ())).tenures
        # 1.
        signed = list(self._signed(envelope, known))
        # 2.
        if envelope.statement().predicate_type != predicate_type:
            raise Unverified(
                f"The envelope at index {index} is not a {predicate_type} statement.", code="trust.predicate-type"
            )
        # 3.
        rule = self.rule(predicate_type)
        counting = [tenure.holder for tenure in signed if tenure.counts_at(index)]
        actors = sufficient(rule, counting)
        if len(actors) < rule.threshold:
            raise _shortage(rule, index, signed=signed, counting=counting, actors=actors)
        keys = [one for one in counting if one.name in actors and one.roles & rule.roles]
        roles = frozenset().union(*(one.roles for one in keys))
        return Authorised(actors, roles, tuple(one.key_id for one in keys))

    def _signed(self, envelope: Envelope, known: Mapping[str, Tenure]) -> Iterable[Tenure]:
        message = pae(PAYLOAD_TYPE, envelope.payload)
        for signature in envelope.signatures:
            tenure = known.get(signature.key_id)
            if tenure is not None and tenure.holder.purpose == "statement":
                tenure.holder.key.verify(signature.value, message)
                yield tenure


def _shortage(
    rule: Rule, index: int, *, signed: list[Tenure], counting: list[TrustedKey], actors: tuple[str, ...]
) -> Unverified:
    if not signed:
        return Unverified(
            f"The statement at index {index} is signed by no key that the trust file knows.", code="trust.unknown-key"
        )
    roles, algorithms = ", ".join(sorted(rule.roles)), " and ".join(rule.algorithms)
    wanted = f"needs {rule.threshold} signing as {roles} with {algorithms}, and has {len(actors)}"
    if len(counting) < len(signed):
        return Unverified(
            f"The statement at index {index} {wanted}: a key was not in effect there.", code="trust.not-in-effect"
        )
    return Unverified(f"The statement at index {index} {wanted}.", code="trust.threshold")
