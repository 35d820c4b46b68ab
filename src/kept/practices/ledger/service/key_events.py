"""The workspace's keys: who holds which, from when to when, and how one is changed or withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kept.core.actor import Actor
from kept.core.context import Clock, Entropy, format_time
from kept.core.keyring import Holder, Keyring
from kept.core.keys import PublicKey, Signer, create, public_key
from kept.core.ledger import Draft, Ledger, Receipt
from kept.core.trust import KeyEvent, KeyHistory, Tenure, Trust, TrustedKey, key_events
from kept.core.trust.event import Kind
from kept.errors import Conflict, Denied, NotFound
from kept.practices.ledger.records import KeyRow


@dataclass(frozen=True, slots=True)
class KeyRoom:
    """Reads and changes the keys of one workspace; every change is a statement in its ledger."""

    ledger: Ledger
    folder: Path
    trust: Trust
    passphrase: Callable[[], bytes]
    clock: Clock
    entropy: Entropy

    def history(self) -> KeyHistory:
        """Every key ever trusted, with its tenure."""
        return KeyHistory.replay(self.trust, key_events(self.ledger))

    def rows(self) -> tuple[KeyRow, ...]:
        """Every key, the local ones with their addresses."""
        addresses = {signer.key_id: address for address, signer in self._local()}
        return tuple(_row(tenure, addresses) for tenure in self.history().tenures.values())

    def introduce(
        self, name: str, keys: Sequence[PublicKey], *, roles: Sequence[str], by: Actor
    ) -> tuple[Receipt, ...]:
        """Record that these keys of `name` count from here on, in these roles.

        Raises Denied, before anything is recorded, where the event would take no effect.
        """
        made = [TrustedKey(name, key, frozenset(roles)) for key in keys]
        events = [self._event("introduced", key, by=by) for key in made]
        taken, at = key_events(self.ledger), self.ledger.size()
        signed = [(at + more, self.ledger.sign(event.to_statement(), by=by)) for more, event in enumerate(events)]
        refused = [one for one in KeyHistory.replay(self.trust, [*taken, *signed]).refused if one.index >= at]
        if refused:
            raise Denied(
                f"{by.id} can't introduce the key: {refused[0].message}",
                code=refused[0].code,
                hint="Act as a holder of the role root: --as root. A workspace made without kept init --root gets one "
                "by: kept ledger key root. Or let whoever verifies write the key into their own trust file.",
            )
        return self.ledger.record([Draft(event.to_statement()) for event in events], by=by)

    def public_keys(self, holder: str) -> tuple[PublicKey, ...]:
        """The public keys with which a holder of this workspace signs now. Raises NotFound."""
        keyring = self._keyring()
        return tuple(public_key(signer) for signer in keyring.signers(keyring.actor(holder)))

    def rotate(self, address: str, *, by: Actor) -> Receipt:
        """Make a successor of the key at `address`, record it, and sign with it from now on.

        The successor's file is written first, then the event, which the keys of now sign, then the keyring: whatever
        stops this half-way, the old key goes on to count or the event names a key that exists.
        """
        keyring = self._keyring()
        old = keyring.open(address)
        tenure = self._tenure(old.key_id)
        new_address, new = self._create_successor(address, old)
        receipt = self._record("rotated", replace(tenure.holder, key=public_key(new)), by=by, replaces=old.key_id)
        _with_successor(keyring, address, new_address).save()
        return receipt

    def revoke(self, key_id: str, *, compromised_since: int | None, by: Actor) -> Receipt:
        """Record that a key counts no longer, and let go of it here."""
        tenure = self._tenure(key_id)
        keyring = self._keyring()
        local = {signer.key_id: address for address, signer in self._local()}
        if local.get(key_id) == keyring.log:
            raise Conflict(
                "This is the log's own key.", code="key.in-use", hint="Rotate it first: kept ledger key rotate --log"
            )
        receipt = self._record("revoked", tenure.holder, by=by, compromised_since=compromised_since)
        if key_id in local:
            _without(keyring, local[key_id]).save()
        return receipt

    def addresses_of(self, holder: str) -> tuple[str, ...]:
        """Where the keys of a holder stand; the log's own, when the name is empty. Raises NotFound."""
        keyring = self._keyring()
        if not holder:
            return (keyring.log,)
        return keyring.holders[keyring.actor(holder).id].keys

    def _record(
        self,
        event: Kind,
        key: TrustedKey,
        *,
        by: Actor,
        replaces: str | None = None,
        compromised_since: int | None = None,
    ) -> Receipt:
        made = self._event(event, key, by=by, replaces=replaces, compromised_since=compromised_since)
        return self.ledger.record(Draft(made.to_statement()), by=by)[0]

    def _event(
        self,
        event: Kind,
        key: TrustedKey,
        *,
        by: Actor,
        replaces: str | None = None,
        compromised_since: int | None = None,
    ) -> KeyEvent:
        return KeyEvent(
            event=event,
            key=key,
            issued=format_time(self.clock()),
            by=by.id,
            replaces=replaces,
            compromised_since=compromised_since,
        )

    def _tenure(self, key_id: str) -> Tenure:
        found = [tenure for known, tenure in self.history().tenures.items() if known.startswith(key_id)]
        if len(found) != 1:
            raise NotFound(
                f"{len(found)} keys have an id that begins with {key_id[:64]!r}.",
                code="key.unknown",
                hint="List them: kept ledger key list",
            )
        if found[0].until is not None:
            raise Conflict("This key counts no longer.", code="key.ended", hint="List them: kept ledger key list")
        return found[0]

    def _create_successor(self, address: str, old: Signer) -> tuple[str, Signer]:
        base, _, _ = address.removesuffix(".pem").partition(".from-")
        successor = f"{base}.from-{self.ledger.size() + 1}.pem"
        scheme = successor.partition(":")[0]
        if scheme != "file":
            raise Conflict(
                f"A {scheme}: key is made where it lives, not here.",
                code="key.not-made-here",
                hint="Make the successor there, put its address in keys/keyring.json, and record it.",
            )
        signer = create(
            successor, base=self.folder, passphrase=self.passphrase, entropy=self.entropy, algorithm=old.algorithm
        )
        return successor, signer

    def _keyring(self) -> Keyring:
        return Keyring.load(self.folder, passphrase=self.passphrase)

    def _local(self) -> list[tuple[str, Signer]]:
        keyring = self._keyring()
        addresses = [keyring.log, *(address for holder in keyring.holders.values() for address in holder.keys)]
        return [(address, keyring.open(address)) for address in addresses]


def _row(tenure: Tenure, addresses: dict[str, str]) -> KeyRow:
    holder = tenure.holder
    return KeyRow(
        key_id=holder.key_id,
        holder=holder.name,
        algorithm=holder.key.algorithm,
        roles=tuple(sorted(holder.roles)),
        purpose=holder.purpose,
        since=tenure.since,
        until=tenure.until,
        address=addresses.get(holder.key_id, ""),
    )


def _with_successor(keyring: Keyring, old: str, new: str) -> Keyring:
    return _mapped(keyring, {old: (new,)})


def _without(keyring: Keyring, address: str) -> Keyring:
    return _mapped(keyring, {address: ()})


def _mapped(keyring: Keyring, changes: dict[str, tuple[str, ...]]) -> Keyring:
    """The keyring in which each changed address stands for others."""
    log = changes.get(keyring.log, (keyring.log,))[0]
    holders: dict[str, Holder] = {
        name: replace(holder, keys=tuple(new for old in holder.keys for new in changes.get(old, (old,))))
        for name, holder in keyring.holders.items()
    }
    return replace(keyring, log=log, holders=holders)
