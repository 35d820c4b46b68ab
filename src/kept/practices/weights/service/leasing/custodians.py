"""Custodians: people with a key of their own, to whom parts of each file's key are sealed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.keyring import FILE, Holder, Keyring
from kept.core.keys import Keyhole, PublicKey, Signer, create, open_signer, public_key
from kept.core.keys.exchange import ExchangeKey, create_exchange, open_exchange
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import Draft
from kept.core.statement import Envelope, sign
from kept.core.trust import ROOT, KeyEvent, TrustedKey
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unverified
from kept.practices.weights.methods.envelope import Sharing
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import CustodianRow
from kept.practices.weights.service.leasing import cards
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import CUSTODIANS

ROLE = "custodian"
PASSPHRASE = "KEPT_CUSTODIAN_PASSPHRASE"  # noqa: S105 the name of a variable
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,47}")


class Custodians:
    """Who they are, and whether their keys count."""

    def __init__(self, context: Context, settings: Settings, standing: Standing) -> None:
        self._context = context
        self._settings = settings
        self._standing = standing

    def rows(self) -> tuple[CustodianRow, ...]:
        """Everybody who is or was a custodian, by name."""
        with self._context.store.read() as connection:
            found = connection.execute(select(CUSTODIANS).order_by(CUSTODIANS.c.name)).all()
        return tuple(self._row(each) for each in found)

    def active(self, name: str) -> CustodianRow:
        """A custodian whose key counts. Raises Denied for anybody else."""
        for row in self.rows():
            if row.name == name and row.state == "active":
                return row
        raise Denied(
            f"{name} is no custodian whose key counts.",
            code="custodian.none",
            hint="kept weights custodians list shows who is; --as NAME acts as one of them",
        )

    def sharing(self) -> Sharing:
        """Among whom the next file's key is shared. Raises Invalid when they are too few for the quorum."""
        members = sorted(bytes.fromhex(row.public) for row in self.rows() if row.state == "active")
        spare = self._settings.break_glass
        try:
            safe = bytes.fromhex(spare) if spare else None
        except ValueError as error:
            raise Invalid(
                "break_glass in [practices.weights] is the public key of a safe: 64 hex digits.", code="settings.safe"
            ) from error
        return Sharing(tuple(members), self._settings.quorum, safe)

    def exchange(self, name: str) -> ExchangeKey:
        """The private key of a custodian, opened with their passphrase. Raises Denied, NotFound or Invalid."""
        row = self.active(name)
        found = open_exchange(row.address or _address(name), self._keyhole())
        if found.public.hex() != row.public:
            raise Unverified(f"At {name}'s place stands another key.", code="custodian.other-key")
        return found

    def card(self, name: str) -> bytes:
        """Make a custodian's keys on this machine, once, and the card by which root makes them one.

        Raises Invalid for an unusable name, and what making or opening the keys raises.
        """
        _check_name(name)
        signers, exchange = self._signers(name, self._keyring()), self._made(name)
        row = CustodianRow(name, exchange.public.hex(), "active", self._now(), self._now())
        return cards.write(sign(cards.statement(row), signers), [public_key(signer) for signer in signers])

    def add(self, name: str, *, card: bytes = b"", by: Actor) -> CustodianRow:
        """Make a custodian: a holder who signs, with a key that others seal to; whoever calls this again ends it.

        Without a card, both keys are made here. With one, they are where the card was made. Raises Denied unless `by`
        may introduce keys, Invalid for an unusable name or card, Conflict for a name in use, and Unverified for a card
        that its keys didn't sign.
        """
        _check_name(name)
        _check_root(by)
        if any(each.name == name for each in self.rows()):
            raise _known(name)
        if card:
            row, signed, keys = cards.read(card, name)
        else:
            signers, exchange = self._signers(name, self._keyring()), self._made(name)
            row = CustodianRow(name, exchange.public.hex(), "active", self._now(), self._now(), _address(name))
            signed, keys = sign(cards.statement(row), signers), [public_key(signer) for signer in signers]
        self._record(row, signed, self._introductions(name, keys, by), by)
        return row

    def remove(self, name: str, *, by: Actor) -> CustodianRow:
        """Seal nothing to a custodian any more, and let none of their approvals count; their keys are revoked.

        So the ledger knows it, and whoever changes the store brings nobody back. A key that its holder also has for
        another role is left to them. Raises Denied or NotFound.
        """
        _check_root(by)
        row = next((each for each in self.rows() if each.name == name), None)
        if row is None or row.state == "removed":
            raise NotFound(f"{name} is no custodian.", code="custodian.missing", hint="kept weights custodians list")
        values = {"state": "removed", "changed": self._now()}

        def work(connection: Connection) -> None:
            connection.execute(CUSTODIANS.update().where(CUSTODIANS.c.name == name).values(**values))

        events = [KeyEvent("revoked", key, self._now(), by.id) for key in self._standing.office(name, ROLE)]
        self._context.ledger.record([Draft(event.to_statement()) for event in events], by=by, rows=work)
        return replace(row, state="removed", changed=values["changed"])

    def _record(self, row: CustodianRow, card: Envelope, events: Sequence[KeyEvent], by: Actor) -> None:
        values = {
            "name": row.name,
            "public": bytes.fromhex(row.public),
            "address": row.address,
            "card": card.to_bytes(),
            "state": row.state,
            "since": row.since,
            "changed": row.changed,
        }

        def work(connection: Connection) -> None:
            if connection.execute(select(CUSTODIANS.c.name).where(CUSTODIANS.c.name == row.name)).first():
                raise _known(row.name)
            connection.execute(CUSTODIANS.insert().values(**values))

        self._context.ledger.record([Draft(event.to_statement()) for event in events], by=by, rows=work)

    def _introductions(self, name: str, keys: Sequence[PublicKey], by: Actor) -> list[KeyEvent]:
        """The key events that are still needed. Raises Denied where they would take no effect."""
        events = []
        for each in keys:
            key = TrustedKey(name, each, frozenset({ROLE}))
            tenure = self._standing.tenure(key.key_id)
            if tenure is None:
                events.append(KeyEvent("introduced", key, self._now(), by.id))
            elif tenure.until is not None or tenure.holder.name != name or ROLE not in tenure.holder.roles:
                raise Denied(
                    f"The key of {name} is known already, and not as a custodian's.",
                    code="custodian.key",
                    hint="A custodian signs with a key of their own: choose a new name.",
                )
        ledger = self._context.ledger
        if refused := self._standing.refused(*(ledger.sign(event.to_statement(), by=by) for event in events)):
            raise Denied(f"{by.id} can't introduce the key of {name}: {refused}", code="custodian.grant", hint=_WHO)
        return events

    def _signers(self, name: str, keyring: Keyring) -> Sequence[Signer]:
        holder = keyring.holders.get(name)
        if holder is not None:
            return [keyring.open(address) for address in holder.keys]
        address = f"file:keys/{name}.pem"
        folder, entropy = self._context.workspace.folder, self._context.entropy
        try:
            signer = create(address, base=folder, passphrase=self._passphrase, entropy=entropy)
        except Conflict:
            signer = open_signer(address, base=folder, passphrase=self._passphrase)
        keyring.with_holder(Holder(name, "person", (ROLE,), (address,))).save()
        return [signer]

    def _made(self, name: str) -> ExchangeKey:
        try:
            return create_exchange(_address(name), self._keyhole(), self._context.entropy)
        except Conflict:
            return open_exchange(_address(name), self._keyhole())

    def _row(self, row: Row[tuple[object, ...]]) -> CustodianRow:
        made = CustodianRow(row.name, bytes(row.public).hex(), row.state, row.since, row.changed, row.address)
        if made.state != "active":
            return made
        try:
            card = Envelope.parse(bytes(row.card))
            self._standing.require(card, name=made.name, role=ROLE)
            if card.payload != cards.statement(made).to_bytes():
                raise Unverified("The card names another key.", code="custodian.card")
        except KeptError:
            # Whatever is wrong with it, nothing is sealed to this key.
            return replace(made, state="void")
        return made

    def _keyring(self) -> Keyring:
        folder = self._context.workspace.folder
        if not (folder / "keys" / FILE).exists():
            # A custodian's own machine, where nobody else has a key.
            (folder / "keys").mkdir(mode=0o700, exist_ok=True)
            return Keyring(folder, "file:keys/log.pem", {}, self._passphrase)
        return Keyring.load(folder, passphrase=self._passphrase)

    def _keyhole(self) -> Keyhole:
        own = os.environ.get(PASSPHRASE, "")
        return Keyhole(self._context.workspace.folder, (lambda: own.encode()) if own else self._passphrase, os.environ)

    def _passphrase(self) -> bytes:
        return choose_passphrase(os.environ, self._context.workspace.secret)

    def _now(self) -> str:
        return format_time(self._context.clock())


_WHO = "Act as a holder of the role root: --as root. A workspace made without one gets it by: kept ledger key root"


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{name[:64]!r} is no name of a custodian.",
            code="custodian.name",
            hint="Up to 48 of a-z, 0-9 and . _ - , for instance maria",
        )


def _known(name: str) -> Conflict:
    return Conflict(f"{name} is or was a custodian.", code="custodian.known", hint="Choose a new name.")


def _check_root(by: Actor) -> None:
    if ROOT not in by.roles:
        raise Denied(f"{by.id} can't choose custodians.", code="custodian.grant", hint=_WHO)


def _address(name: str) -> str:
    return f"file:keys/{name}.custodian.pem"
