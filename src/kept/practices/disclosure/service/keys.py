"""The verbs of keys: to whom reports are encrypted, and what becomes of them when a key is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.disclosure.records import Key, KeyKind, Retired
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.tables.intake import KEYS, RECEIPTS, RELEASED, REPORTS, SEALED, SEALED_TO

MOST = 16
"""The most triage keys in use: each makes every report a little longer."""


class Keys:
    """Adds, lists and retires keys; identities stay with their holders and are never kept here."""

    _context: Context

    def keys_new(self, name: str, *, passphrase: str, kind: KeyKind = "triage", by: Actor) -> tuple[bytes, Key]:
        """A new key: its identity file, for its holder alone, and the key, to which reports are encrypted from now on.

        The file is encrypted under the passphrase, unless that is empty. Raises as `keys_add` does.
        """
        check_role(by, "admin", to="add keys")
        identity, recipient = self._age("new")(passphrase)
        return identity, self.keys_add(name, recipient, kind=kind, by=by)

    def keys_add(self, name: str, recipient: str, *, kind: KeyKind = "triage", by: Actor) -> Key:
        """Encrypt every report from now on to a public key of age too ("age1…", X25519).

        Of kind "replay", it is the isolated replay worker's, to which alone those reports go whose reporters chose so;
        there is one at a time. Raises Invalid for what is no such key, Conflict for a name or key that is there, and
        Denied without the role.
        """
        check_role(by, "admin", to="add keys")
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise Invalid("A key has a name of at most 64 characters.", code="keys.name")
        self._age("check")(recipient)
        now = milliseconds(self._context.clock())
        row = {"name": name, "kind": kind, "recipient": recipient, "added": now, "by": by.id}
        in_use = select(KEYS).where(KEYS.c.retired == 0, KEYS.c.kind == kind)

        def work(connection: Connection) -> None:
            if connection.execute(select(KEYS).where((KEYS.c.name == name) | (KEYS.c.recipient == recipient))).first():
                raise Conflict(
                    f"The name {name!r} or the key is taken already.", code="keys.taken", hint="Choose a new one."
                )
            most = 1 if kind == "replay" else MOST
            if len(connection.execute(in_use).all()) >= most:
                raise Conflict(
                    f"There are {most} {kind} keys in use already.", code="keys.many", hint="Retire one first."
                )
            connection.execute(KEYS.insert().values(**row, retired=0, lost=False, reason=""))

        self._context.store.write(work)
        return Key(name, kind, recipient, told(now), by.id)

    def keys_list(self, *, retired: bool = False) -> tuple[Key, ...]:
        """The keys that reports are encrypted to, the oldest first; with `retired`, also those that were."""
        query = select(KEYS).order_by(KEYS.c.added, KEYS.c.name)
        if not retired:
            query = query.where(KEYS.c.retired == 0)
        with self._context.store.read() as connection:
            return tuple(_key(row) for row in connection.execute(query))

    def keys_retire(self, name: str, *, reason: str, lost: bool = False, by: Actor) -> Retired:
        """Encrypt nothing to a key any more, and tell which unreleased reports no key opens that is left.

        `lost` says that nobody has its identity. The last triage key can't be retired unless it is lost: add another
        first. Raises NotFound, Conflict, Invalid without a reason, or Denied without the role.
        """
        check_role(by, "admin", to="retire keys")
        if not reason.strip() or len(reason) > 500:
            raise Invalid("Say in at most 500 characters why the key is retired.", code="keys.reason")
        now = milliseconds(self._context.clock())

        def work(connection: Connection) -> Retired:
            row = connection.execute(select(KEYS).where(KEYS.c.name == name, KEYS.c.retired == 0)).one_or_none()
            if row is None:
                raise NotFound(f"There is no key {name[:64]!r} in use.", code="keys.missing")
            others = select(KEYS).where(KEYS.c.kind == "triage", KEYS.c.retired == 0, KEYS.c.name != name)
            if row.kind == "triage" and not lost and not connection.execute(others).first():
                raise Conflict("It is the last triage key.", code="keys.last", hint="Add another first.")
            values = {"retired": now, "lost": lost, "reason": reason}
            connection.execute(KEYS.update().where(KEYS.c.name == name).values(**values))
            changed = connection.execute(select(KEYS).where(KEYS.c.name == name)).one()
            return Retired(_key(changed), _unopenable(connection) if lost else ())

        return self._context.store.write(work)

    def keys_reseal(self, identities: tuple[str, ...], *, by: Actor) -> int:
        """Encrypt anew, to the keys in use, every unreleased report that these identities open; how many there were.

        For a triager who came later, or after a key was lost that others still had. Raises Denied without the role.
        """
        check_role(by, "triage", to="encrypt reports anew")
        opening, sealing = self._age("decrypt"), self._age("encrypt")
        done = 0
        for report in self._unreleased():
            with self._context.store.read() as connection:
                content = connection.execute(select(SEALED.c.content).where(SEALED.c.report == report)).scalar()
                readers = connection.execute(select(REPORTS.c.readers).where(REPORTS.c.id == report)).scalar()
                own = connection.execute(select(RECEIPTS.c.recipient).where(RECEIPTS.c.report == report)).scalars()
                reporters = list(own)
            keys = self._recipients(readers=str(readers))
            try:
                plain = opening(bytes(content or b""), identities)
                sealed = sealing(plain, [*(each.recipient for each in keys), *reporters])
            except (Invalid, Denied):
                continue
            self._context.store.write(partial(_resealed, report=report, content=sealed, keys=keys))
            done += 1
        return done

    def _recipients(self, *, readers: str) -> list[Key]:
        """The keys that a report is sealed to. Raises Unavailable while there is no triage key."""
        kinds = {"triage"} if readers == "triagers" else {"triage", "replay"}
        found = [each for each in self.keys_list() if each.kind in kinds]
        if not any(each.kind == "triage" for each in found):
            raise Unavailable(
                "Nobody can read reports here yet.",
                code="keys.none",
                hint="Write to the contact of the programme. A triager's key is added by: kept disclosure keys add",
            )
        return found

    def _unreleased(self) -> list[str]:
        query = select(SEALED.c.report).join(REPORTS, REPORTS.c.id == SEALED.c.report).where(REPORTS.c.released == 0)
        with self._context.store.read() as connection:
            return list(connection.execute(query.order_by(REPORTS.c.received)).scalars())

    def _age(self, what: str) -> Any:
        return load(self._context.backends["age"][what])


def _resealed(connection: Connection, *, report: str, content: bytes, keys: list[Key]) -> None:
    connection.execute(SEALED.update().where(SEALED.c.report == report).values(content=content))
    connection.execute(SEALED_TO.delete().where(SEALED_TO.c.report == report))
    connection.execute(SEALED_TO.insert(), [{"report": report, "key": each.name} for each in keys])


def _unopenable(connection: Connection) -> tuple[str, ...]:
    """The unreleased reports to which every triage key is lost."""
    held = (
        select(SEALED_TO.c.report)
        .join(KEYS, KEYS.c.name == SEALED_TO.c.key)
        .where(KEYS.c.lost.is_(False), KEYS.c.kind == "triage")
    )
    query = (
        select(REPORTS.c.id)
        .join(SEALED, SEALED.c.report == REPORTS.c.id)
        .where(REPORTS.c.id.not_in(held), REPORTS.c.id.not_in(select(RELEASED.c.report)))
        .order_by(REPORTS.c.received)
    )
    return tuple(connection.execute(query).scalars())


def _key(row: Row[Any]) -> Key:
    return Key(
        row.name, row.kind, row.recipient, told(row.added), row.by, told(row.retired), bool(row.lost), row.reason
    )
