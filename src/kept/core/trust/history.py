"""Which keys counted at which ledger index, worked out from the key events alone. No clock is asked.

A key named in the trust file counts from index 0. An event at index i takes effect behind itself: a key that it
introduces counts from i + 1; a key that it rotates out or revokes counts up to i, or up to just before the index at
which the revocation says that it was compromised. Whether an event is authorised is judged at its own index, by the
keys that counted there, so a revoked key can't name its successor.

A revocation that reaches back also takes away the keys whose introduction would not have been authorised without the
compromised key. It gives nothing back: what that key retired or revoked stays so. Hence a revocation that is
appended to a ledger never makes a statement valid that was not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from kept.core.note import LOG_KEY, VerifierKey
from kept.core.statement import Envelope
from kept.core.trust.event import KEY_EVENT_TYPE, KeyEvent
from kept.core.trust.records import ROOT, Rule, TrustedKey
from kept.errors import Invalid, KeptError, Unverified

if TYPE_CHECKING:
    from kept.core.ledger import Ledger
    from kept.core.trust import Trust


@dataclass(frozen=True, slots=True)
class Tenure:
    """A key, and the ledger indices (both ends included) at which its signatures count; `until` None is no end."""

    holder: TrustedKey
    since: int = 0
    until: int | None = None

    def counts_at(self, index: int) -> bool:
        """Whether a signature on the entry at this index counts."""
        return self.since <= index and (self.until is None or index <= self.until)

    def ended_by(self, index: int) -> "Tenure":
        """The tenure, which counts up to this index at the latest."""
        return self if self.until is not None and self.until <= index else replace(self, until=index)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A key event that took no effect, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Every key ever trusted, by its id, with its tenure; and the key events that were refused."""

    tenures: Mapping[str, Tenure]
    refused: tuple[Refusal, ...] = ()

    @classmethod
    def replay(cls, trust: "Trust", events: Iterable[tuple[int, Envelope]]) -> "KeyHistory":
        """The history after these key events, given with their ledger indices in ledger order.

        An event that is malformed or not authorised changes nothing and is listed in `refused`.
        Raises Invalid when the indices don't rise.
        """
        replaying = _Replay(trust)
        last = -1
        for index, envelope in events:
            if index <= last:
                raise Invalid(f"Key event {index} follows {last}: not in ledger order.", code="key-event.order")
            last = index
            replaying.take(index, envelope)
        return replaying.history()

    def log_keys(self, size: int) -> tuple[str, ...]:
        """The verifier keys (C2SP signed-note) that may sign a checkpoint of `size` entries.

        The checkpoint that first includes an event may still be signed by the old key, or already by the new one.
        """
        return tuple(
            verifier_key(tenure.holder)
            for tenure in self.tenures.values()
            if tenure.holder.purpose == "log"
            and tenure.since <= size
            and (tenure.until is None or size <= tenure.until + 1)
        )


def verifier_key(holder: TrustedKey) -> str:
    """A log's key as a C2SP verifier key."""
    return str(VerifierKey(holder.name, LOG_KEY, holder.key.public))


def sufficient(rule: Rule, keys: Iterable[TrustedKey]) -> tuple[str, ...]:
    """The holders who satisfy the rule with these keys, sorted; fewer than the threshold where it is not met."""
    algorithms: dict[str, set[str]] = {}
    for one in keys:
        if one.roles & rule.roles:
            algorithms.setdefault(one.name, set()).add(one.key.algorithm)
    return tuple(sorted(name for name, found in algorithms.items() if found.issuperset(rule.algorithms)))


@dataclass(slots=True)
class _Replay:
    """The state while events are taken in order; `origins` says by which keys, and at which index, a key came."""

    trust: "Trust"
    tenures: dict[str, Tenure] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    origins: dict[str, tuple[int, KeyEvent, tuple[str, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tenures = {one.key_id: Tenure(one) for one in self.trust.initial_keys()}

    def history(self) -> KeyHistory:
        return KeyHistory(MappingProxyType(dict(self.tenures)), tuple(self.refused))

    def take(self, index: int, envelope: Envelope) -> None:
        try:
            event = KeyEvent.parse(envelope.statement())
            by = self.trust.authorise(envelope, predicate_type=KEY_EVENT_TYPE, index=index, history=self.history())
            self._check_grant(event, by.key_ids)
            self._check_change(event, index)
        except (Invalid, Unverified) as error:
            self.refused.append(Refusal(index, error.code, error.message))
            return
        self._change(event, index, by.key_ids)

    def _check_grant(self, event: KeyEvent, key_ids: Iterable[str]) -> None:
        """Nobody hands out, or takes away, what is not theirs. Raises Unverified."""
        by = [self.tenures[key_id].holder for key_id in key_ids]
        if event.key.purpose == "log":
            if event.key.name != self.trust.log.origin:
                raise Unverified("A log key must be named by the log's origin.", code="key-event.grant")
            if event.key.key.algorithm != "ed25519":
                raise Unverified("A log key must be Ed25519.", code="key-event.grant")
            return
        if any(ROOT in one.roles for one in by):
            return
        own = [one.roles for one in by if one.name == event.key.name]
        if not own:
            raise Unverified(
                f"Only {event.key.name!r}, or the role {ROOT!r}, may change the keys of {event.key.name!r}.",
                code="key-event.grant",
            )
        if event.event != "revoked" and not event.key.roles <= frozenset().union(*own):
            raise Unverified("A key event grants a role that its signers don't hold.", code="key-event.grant")

    def _check_change(self, event: KeyEvent, index: int) -> None:
        """The keys that the event speaks of are in the state that it needs. Raises Unverified."""
        known = self.tenures.get(event.key.key_id)
        if event.event == "revoked":
            if known is None or not _agrees(known.holder, event):
                raise Unverified("The revoked key is not one of this holder's.", code="key-event.unknown-key")
            if event.compromised_since is not None and event.compromised_since > index:
                raise Unverified("A key can't be compromised in the future.", code="key-event.compromised")
            return
        if known is not None and (known.until is not None or not _agrees(known.holder, event)):
            raise Unverified("The new key was known before, in another state.", code="key-event.known-key")
        if event.replaces is not None:
            old = self.tenures.get(event.replaces)
            if old is None or not old.counts_at(index) or old.until is not None:
                raise Unverified("The key to be replaced is not in effect.", code="key-event.unknown-key")
            if (old.holder.name, old.holder.purpose) != (event.key.name, event.key.purpose):
                raise Unverified("A key is replaced by one of the same holder and purpose.", code="key-event.grant")

    def _change(self, event: KeyEvent, index: int, key_ids: tuple[str, ...]) -> None:
        key_id = event.key.key_id
        if event.event == "revoked":
            reach = index if event.compromised_since is None else min(index, event.compromised_since - 1)
            self.tenures[key_id] = self.tenures[key_id].ended_by(reach)
            self._void_what_it_introduced()
            return
        if key_id not in self.tenures:
            self.tenures[key_id] = Tenure(event.key, since=index + 1)
            self.origins[key_id] = (index, event, key_ids)
        if event.replaces is not None:
            self.tenures[event.replaces] = self.tenures[event.replaces].ended_by(index)

    def _void_what_it_introduced(self) -> None:
        """End, before they began, the tenures that rest on keys which no longer counted; again until none is left."""
        changed = True
        while changed:
            changed = False
            for key_id in self.origins:
                tenure = self.tenures[key_id]
                void = tenure.since - 1
                if (tenure.until is None or tenure.until > void) and not self._stands(key_id):
                    self.tenures[key_id] = tenure.ended_by(void)
                    changed = True

    def _stands(self, key_id: str) -> bool:
        """Whether the key's introduction is still authorised by the keys that counted then."""
        index, event, key_ids = self.origins[key_id]
        counting = [one for one in key_ids if self.tenures[one].counts_at(index)]
        rule = self.trust.rule(KEY_EVENT_TYPE)
        if len(sufficient(rule, (self.tenures[one].holder for one in counting))) < rule.threshold:
            return False
        try:
            self._check_grant(event, counting)
        except KeptError:
            return False
        return True


def _agrees(known: TrustedKey, event: KeyEvent) -> bool:
    """Whether the event speaks of the key as it is known; only an introduction must also name the same roles."""
    roles = event.key.roles if event.event == "introduced" else known.roles
    return known == replace(event.key, roles=known.roles) and roles == known.roles


def key_events(ledger: "Ledger") -> list[tuple[int, Envelope]]:
    """The key events in a workspace's ledger, with their indices.

    Raises Unverified where the body of one is gone: without its revocation, a stolen key would count again.
    """
    events = []
    for recorded in ledger.statements(KEY_EVENT_TYPE):
        if recorded.envelope is None:
            raise Unverified(
                f"The body of the key event in entry {recorded.index} is gone.",
                code="key-event.missing",
                hint="Restore the store from a backup.",
            )
        events.append((recorded.index, recorded.envelope))
    return events
