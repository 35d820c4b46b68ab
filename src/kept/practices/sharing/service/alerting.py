"""The verbs of urgent matters: what came, who was called, and who answered."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from kept.core.actor import Actor, check_role
from kept.core.context import format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.notify.records import Due
from kept.errors import Conflict, Invalid, KeptError, NotFound
from kept.practices.sharing.methods import objects, tlp
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.methods.sightings import salted
from kept.practices.sharing.methods.urgency import alert
from kept.practices.sharing.methods.urgency.sorting import sort
from kept.practices.sharing.records import Received
from kept.practices.sharing.records.urgency import Alert, Call, Notice, Watch
from kept.practices.sharing.service.answering import Answering
from kept.practices.sharing.service.moments import microseconds, moment, told
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.rostering import Rostering, watches_of
from kept.practices.sharing.service.tables.notices import CALLS, NOTICES
from kept.practices.sharing.service.tables.objects import OBJECTS
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement

READER = "notices"
KINDS = ("dangerous-capability-notice", "incident", "course-of-action")
"""The types of STIX that can be urgent."""
_SALT_BYTES = 32
_NOTE = 2000


class Alerting(Answering, Rostering):
    """Keeps clocks of urgent matters, and calls whoever is on the roster."""

    def notices_look(self) -> int:
        """Take in what came, and note who is called by now; how many were called. `kept serve` does it by itself.

        What was received and how far the reader has come are written together; a call once made stays made.
        """
        self._read_on(READER, NOTICES, self._noticed, kinds=KINDS)
        with self._context.store.read() as connection:
            if self._called_by_now(connection).keys() <= _called(connection):
                return 0

        def work(connection: Connection) -> int:
            # Asked once more, under the lock: a matter may have been answered meanwhile, and somebody called.
            known = _called(connection)
            new = [
                {"cursor": cursor, "person": person, "level": call.level, "at": microseconds(call.at)}
                for (cursor, person), call in self._called_by_now(connection).items()
                if (cursor, person) not in known
            ]
            if new:
                connection.execute(CALLS.insert(), new)
            return len(new)

        return self._context.store.write(work)

    def dues(self) -> tuple[Due, ...]:
        """Whom urgent matters that wait call by now; whoever shares, where nobody is on call or answered in time.

        What came is taken in first.
        """
        self.notices_look()
        with self._context.store.read() as connection:
            open_ = connection.execute(select(NOTICES).where(NOTICES.c.acknowledged == 0)).all()
            return tuple(due for row in open_ for due in self._dues(connection, row))

    def notices_list(self, *, all: bool = False, by: Actor) -> tuple[Notice, ...]:
        """Urgent matters, those that wait first, then the latest; with `all` also those that were answered.

        Raises Denied without the role.
        """
        check_role(by, *SHARERS, to="see urgent matters")
        self.notices_look()
        query = select(NOTICES).order_by(NOTICES.c.acknowledged > 0, NOTICES.c.cursor.desc()).limit(1000)
        with self._context.store.read() as connection:
            return self._notices(connection, query if all else query.where(NOTICES.c.acknowledged == 0))

    async def notices_acknowledge(self, notice: int, *, note: str = "", by: Actor) -> Notice:
        """Answer a matter, and tell its sender so, signed: a note of STIX, no wider than the matter itself.

        The answer is recorded before it is sent; what can't be sent now waits where the partner has a server. Raises
        Denied without the role, NotFound, Invalid for a note that is too long, Conflict where it was answered, and what
        publishing raises.
        """
        check_role(by, *SHARERS, to="answer urgent matters")
        if len(note) > _NOTE or not note.replace("\n", " ").isprintable():
            raise Invalid(f"A note is plain text of at most {_NOTE} characters.", code="notice.note")
        self.notices_look()
        with self._context.store.read() as connection:
            row = _row(connection, notice)
            if row.acknowledged:
                raise Conflict(f"{notice} was acknowledged by {row.by}.", code="notice.answered")
            standing = self._alert(connection, row)
            body = connection.execute(select(OBJECTS.c.body).where(OBJECTS.c.number == row.cursor)).scalar()
        now = max(microseconds(self._context.clock()), row.received)
        made = self._statement(row, bytes(body or b""), standing, now, by=by)

        def work(connection: Connection) -> None:
            mine = NOTICES.update().where(NOTICES.c.cursor == notice, NOTICES.c.acknowledged == 0)
            said = {"acknowledged": now, "by": by.id, "recorded": size_of(connection)}
            if connection.execute(mine.values(**said)).rowcount != 1:
                raise Conflict(f"Somebody else acknowledged {notice} just now.", code="notice.answered")

        self._context.ledger.record(Draft(made.to_statement()), by=by, rows=work)
        await self._answer(row, note, now, by=by)
        with self._context.store.read() as connection:
            return self._notice(connection, notice)

    def _noticed(self, each: Received) -> list[dict[str, Any]] | None:
        """The row of an urgent matter; what can't be read is no such matter, and stops nothing."""
        try:
            shared = objects.read(json.loads(each.body))
            found = sort(shared.content)
        except (KeptError, ValueError, RecursionError):
            return None
        if found is None:
            return None
        return [{
            "cursor": each.cursor, "object": each.id, "version": each.version, "peer": each.peer,
            "collection": each.collection, "tlp": each.tlp, "channel": found.channel, "urgency": found.urgency,
            "title": shared.name, "received": each.cursor,
            "asked": microseconds(found.asked) if found.asked else 0, "acknowledged": 0, "by": "",
            "salt": self._context.entropy(_SALT_BYTES), "recorded": -1,
        }]  # fmt: skip

    def _called_by_now(self, connection: Connection) -> dict[tuple[int, str], Call]:
        """Whom the matters that wait call by now, each person once for each."""
        roster, now = watches_of(connection), self._context.clock()
        waiting = connection.execute(select(NOTICES).where(NOTICES.c.acknowledged == 0)).all()
        found: dict[tuple[int, str], Call] = {}
        for row in waiting:
            for call in _alerted(row, roster, now).calls:
                found.setdefault((row.cursor, call.person), call)
        return found

    def _dues(self, connection: Connection, row: Row[Any]) -> list[Due]:
        standing = self._alert(connection, row)
        called = connection.execute(select(CALLS.c.person).where(CALLS.c.cursor == row.cursor)).scalars().all()
        nobody: tuple[str, ...] = ()
        steps = [(f"call/{person}", (*nobody, str(person)), 0) for person in called] or [("nobody", nobody, 0)]
        if standing.state == "unanswered":
            steps.append(("unanswered", nobody, 1))
        return [
            Due(
                key=f"{row.cursor}/{step}",
                subject=f"notice {row.cursor}",
                clock="acknowledge",
                due=standing.due,
                page=f"/sharing/notices/{row.cursor}",
                role="share",
                people=people,
                level=level,
            )
            for step, people, level in steps
        ]

    def _alert(self, connection: Connection, row: Row[Any]) -> Alert:
        return _alerted(row, watches_of(connection), self._context.clock())

    def _notice(self, connection: Connection, number: int) -> Notice:
        _row(connection, number)
        (found,) = self._notices(connection, select(NOTICES).where(NOTICES.c.cursor == number))
        return found

    def _notices(self, connection: Connection, query: Select[Any]) -> tuple[Notice, ...]:
        rows, watches = connection.execute(query).all(), watches_of(connection)
        called: dict[int, list[str]] = defaultdict(list)
        asked = select(CALLS).where(CALLS.c.cursor.in_([row.cursor for row in rows]))
        for call in connection.execute(asked.order_by(CALLS.c.at, CALLS.c.level)):
            called[call.cursor].append(call.person)
        now = self._context.clock()
        return tuple(_told(row, _alerted(row, watches, now), tuple(called[row.cursor])) for row in rows)

    def _statement(self, row: Row[Any], body: bytes, standing: Alert, now: int, *, by: Actor) -> SharingAcknowledgement:
        with self._context.store.read() as connection:
            calls = len(connection.execute(select(CALLS.c.person).where(CALLS.c.cursor == row.cursor)).all())
        answered, due = told(now), format_time(standing.due)
        return SharingAcknowledgement.of(
            notice=salted(body, salt=row.salt),
            channel=row.channel,
            urgency=row.urgency,
            received=told(row.received),
            due=due,
            acknowledged=answered,
            in_time=answered <= due,
            calls=calls,
            issued=format_time(self._context.clock()),
            by=by.id,
        )

    async def _answer(self, row: Row[Any], note: str, now: int, *, by: Actor) -> None:
        at = f"{told(now)[:-1]}.000Z"
        author = id_of("identity", self._context.workspace.name)
        document = {
            "type": "note",
            "spec_version": "2.1",
            "id": id_of("note", author, row.object, row.version),
            "created_by_ref": author,
            "created": at,
            "modified": at,
            "abstract": "acknowledged",
            "content": note or "acknowledged",
            "object_refs": [row.object],
            "object_marking_refs": [tlp.MARKINGS[row.tlp]],
        }
        await self._tell(row, document, by=by)


def _row(connection: Connection, notice: int) -> Row[Any]:
    row = connection.execute(select(NOTICES).where(NOTICES.c.cursor == notice)).one_or_none()
    if row is None:
        raise NotFound(f"There is no notice {notice}.", code="notice.missing", hint="kept sharing notices list")
    return row


def _called(connection: Connection) -> set[tuple[int, str]]:
    """Who was called for which of the matters that wait."""
    waiting = select(NOTICES.c.cursor).where(NOTICES.c.acknowledged == 0)
    rows = connection.execute(select(CALLS.c.cursor, CALLS.c.person).where(CALLS.c.cursor.in_(waiting)))
    return {(row.cursor, row.person) for row in rows}


def _told(row: Row[Any], standing: Alert, called: tuple[str, ...]) -> Notice:
    return Notice(
        id=row.cursor,
        object=row.object,
        version=row.version,
        peer=row.peer,
        tlp=row.tlp,
        channel=row.channel,
        urgency=row.urgency,
        title=row.title,
        received=told(row.received),
        due=format_time(standing.due),
        state=standing.state,
        called=called,
        acknowledged=told(row.acknowledged),
        by=row.by,
        recorded=row.recorded if row.recorded >= 0 else None,
    )


def _alerted(row: Row[Any], roster: Sequence[Watch], now: datetime) -> Alert:
    return alert(
        row.channel,
        row.urgency,
        received=moment(row.received),
        asked=moment(row.asked) if row.asked else None,
        acknowledged=moment(row.acknowledged) if row.acknowledged else None,
        roster=roster,
        now=now,
    )
