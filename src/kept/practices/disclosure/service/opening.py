"""The verbs of whoever reads reports: listed while sealed, opened with one's own key, released to the room.

What was released stands in the table RELEASED as the archive that was sealed; `read_bundle` makes it a `Report`, with
its conversations or template, the model that its reporter named, and the severity that they claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.methods.bundles import read_bundle
from kept.practices.disclosure.records import Report, Sealed, Settings
from kept.practices.disclosure.service.keys import Keys
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.tables.intake import (
    MESSAGES,
    RECEIPT_EVENTS,
    RECEIPTS,
    RELEASED,
    REPORTS,
    SEALED,
)
from kept.practices.disclosure.service.tables.quarantine import ITEMS
from kept.practices.disclosure.service.tables.replays import SIGNATURES
from kept.practices.disclosure.service.triage.casebook import Casebook


class Opening(Keys):
    """Lists sealed reports, opens them with identities of their readers, and keeps what these release."""

    _context: Context
    _settings: Settings

    def list(self, *, released: bool | None = None, after: str = "", limit: int = 100, by: Actor) -> tuple[Sealed, ...]:
        """Reports, the oldest first; with `released`, those that were, or were not; `after` is the last one seen.

        Raises Denied without the role, or NotFound for an `after` that there isn't.
        """
        check_role(by, "triage", to="list reports")
        query = select(REPORTS).order_by(REPORTS.c.received, REPORTS.c.id).limit(max(1, min(limit, 1000)))
        if released is not None:
            query = query.where(REPORTS.c.released > 0 if released else REPORTS.c.released == 0)
        with self._context.store.read() as connection:
            if after:
                last = _row(connection, after)
                later = (REPORTS.c.received == last.received) & (REPORTS.c.id > last.id)
                query = query.where((REPORTS.c.received > last.received) | later)
            return tuple(_sealed(connection, row) for row in connection.execute(query).all())

    def show(self, report: str, *, by: Actor) -> Sealed:
        """How a report lies there. Raises NotFound, or Denied without the role."""
        check_role(by, "triage", to="see reports")
        with self._context.store.read() as connection:
            return _sealed(connection, _row(connection, report))

    def fetch(self, report: str, *, by: Actor) -> bytes:
        """The age file of a report, to decrypt on a machine of one's own; that it was taken out is an event.

        Raises NotFound, or Denied without the role.
        """
        check_role(by, "triage", to="fetch reports")
        sealed = self._content(report)
        self._note_opened(report, by=by)
        return sealed

    def open(self, report: str, *, identities: Sequence[str], by: Actor) -> Report:
        """What a report says, for whoever holds one of its keys; nothing is kept but that it was opened.

        Raises NotFound, Denied for keys that don't open it or without the role, or Invalid for what can't be read.
        """
        check_role(by, "triage", to="open reports")
        plain = self._decrypted(report, identities)
        self._note_opened(report, by=by)
        return read_bundle(plain)

    def release(self, report: str, *, identities: Sequence[str], by: Actor) -> Report:
        """Open a report and keep what it says in the store, so that it can be replayed and triaged.

        Raises as `open` does, or Conflict where it is released already.
        """
        check_role(by, "triage", to="release reports")
        plain = self._decrypted(report, identities)
        found = read_bundle(plain)
        self._release(report, plain, by=by)
        return found

    def discard(self, report: str, *, by: Actor) -> Sealed:
        """Delete what a report says, sealed or released; that it came stays in the log, and by whom, in its case.

        Raises NotFound, Denied, or Conflict for what lies in quarantine, which is erased there.
        """
        check_role(by, "triage", to="discard reports")
        now = milliseconds(self._context.clock())

        def work(connection: Connection) -> Sealed:
            before = _row(connection, report)
            lying = select(ITEMS.c.id).where(ITEMS.c.case == report, ITEMS.c.what == "report", ITEMS.c.ended == 0)
            if (item := connection.execute(lying).scalar()) is not None:
                raise Conflict(
                    f"What {report} said lies in quarantine.",
                    code="report.quarantined",
                    hint=f"It is erased there: kept disclosure quarantine erase {item}",
                )
            for table in (SEALED, RELEASED, SIGNATURES):
                connection.execute(table.delete().where(table.c.report == report))
            connection.execute(REPORTS.update().where(REPORTS.c.id == report).values(discarded=now, bytes=0))
            if not before.discarded:
                Casebook(self._context).append(connection, report, "discarded", by=by.id)
            return _sealed(connection, _row(connection, report))

        return self._context.store.erase(work)

    def _note_opened(self, report: str, *, by: Actor) -> None:
        """Who took a report out knows of it: an event of its case, for the team alone."""
        self._context.store.write(
            lambda connection: Casebook(self._context).append(connection, report, "opened", by=by.id)
        )

    def _release(self, report: str, plain: bytes, *, by: Actor) -> None:
        now = milliseconds(self._context.clock())

        def work(connection: Connection) -> None:
            if connection.execute(select(RELEASED.c.report).where(RELEASED.c.report == report)).first():
                raise Conflict("It is released already.", code="report.released")
            # It may have been discarded, or moved to quarantine, while it was opened.
            if connection.execute(select(SEALED.c.report).where(SEALED.c.report == report)).first() is None:
                raise _absent(report)
            connection.execute(RELEASED.insert().values(report=report, at=now, by=by.id, content=plain))
            connection.execute(REPORTS.update().where(REPORTS.c.id == report).values(released=now))
            Casebook(self._context).append(connection, report, "released", by=by.id, audience="reporter")

        self._context.store.write(work)

    def _decrypted(self, report: str, identities: Sequence[str]) -> bytes:
        if not identities:
            raise Invalid("No identity was given.", code="age.identity", hint="--identity FILE")
        plain: bytes = self._age("decrypt")(self._content(report), identities)
        return plain

    def _content(self, report: str) -> bytes:
        with self._context.store.read() as connection:
            _row(connection, report)
            content = connection.execute(select(SEALED.c.content).where(SEALED.c.report == report)).scalar()
        if content is None:
            raise _absent(report)
        return bytes(content)


def _absent(report: str) -> NotFound:
    return NotFound(
        f"What the report {report[:40]!r} said isn't in its place.",
        code="report.discarded",
        hint="It was discarded, or lies in quarantine: kept disclosure triage show",
    )


def _row(connection: Connection, report: str) -> Row[Any]:
    row = connection.execute(select(REPORTS).where(REPORTS.c.id == report)).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no report {report[:40]!r}.", code="report.missing", hint="See them: kept disclosure list"
        )
    return row


def _sealed(connection: Connection, row: Row[Any]) -> Sealed:
    mine = MESSAGES.c.report == row.id
    counted = select(func.count()).select_from(MESSAGES).where(mine, MESSAGES.c.author != "keys")
    made = select(RECEIPT_EVENTS.c.number).where(RECEIPT_EVENTS.c.report == row.id).limit(1)
    is_open = connection.execute(select(RECEIPTS.c.handle).where(RECEIPTS.c.report == row.id)).first() is not None
    had_one = is_open or connection.execute(made).first() is not None
    return Sealed(
        id=row.id,
        programme=row.programme,
        version=row.version,
        readers=row.readers,
        route=row.route,
        received=told(row.received),
        bytes=row.bytes,
        keys=row.keys,
        recorded=row.recorded,
        released=told(row.released),
        discarded=told(row.discarded),
        receipt="open" if is_open else "closed" if had_one else "none",
        messages=int(connection.execute(counted).scalar() or 0),
    )
