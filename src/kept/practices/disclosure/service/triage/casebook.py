"""Writes and reads the events of cases; every change of a case is one, in the transaction of what it tells of.

Other parts of the room use this as well: whoever takes in a report begins its case, whoever replays it says what came
out, and whoever publishes says that it is out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from kept.core.context import Context
from kept.errors import Conflict, Invalid, NotFound, Unverified
from kept.practices.disclosure.methods.triage import chain
from kept.practices.disclosure.methods.triage.clocks import SEEN, Happened
from kept.practices.disclosure.methods.triage.standing import Standing, after, standing
from kept.practices.disclosure.records.triage import Audience, Audited, Event
from kept.practices.disclosure.service.moments import milliseconds, moment_at, moment_of, told
from kept.practices.disclosure.service.tables.triage import CASES, EVENTS, TEXTS

TEXT_LIMIT = 20_000
_SALT_BYTES = 32
_BATCH = 500
_SEEN = sorted(SEEN)


class Casebook:
    """The cases of the room."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def begin(
        self, connection: Connection, case: str, *, at: datetime, programme: str = "", version: int = 0, by: str
    ) -> None:
        """Begin the case of a report that came in at a moment; `by` is "reporter", or who imported it."""
        received = milliseconds(at)
        row = {
            "id": case, "received": received, "programme": programme, "version": version, "state": "received",
            "assignee": "", "severity": "", "merged_into": "", "quarantined": False, "number": 0, "head": chain.FIRST,
        }  # fmt: skip
        connection.execute(CASES.insert().values(**row))
        details = {"programme": programme, "version": version}
        self._written(connection, self.row(connection, case), "received", received, by, "reporter", details, "")

    def append(
        self,
        connection: Connection,
        case: str,
        kind: str,
        *,
        by: str,
        audience: Audience = "staff",
        details: Mapping[str, Any] | None = None,
        text: str = "",
    ) -> int:
        """Write one event, and what follows from it for how the case stands; returns its number.

        Raises NotFound for a case there isn't, Conflict for a move that its state doesn't allow, or Invalid for a text
        that is too long.
        """
        if len(text) > TEXT_LIMIT:
            raise Invalid(f"A text of a case has at most {TEXT_LIMIT:,} characters.", code="triage.text")
        row = self.row(connection, case)
        at = max(milliseconds(self._context.clock()), self._last(connection, row))
        return self._written(connection, row, kind, at, by, audience, dict(details or {}), text)

    def row(self, connection: Connection, case: str) -> Row[Any]:
        """How a case stands. Raises NotFound."""
        row = connection.execute(select(CASES).where(CASES.c.id == case)).one_or_none()
        if row is None:
            raise NotFound(
                f"There is no case {case[:40]!r}.", code="triage.missing", hint="kept disclosure triage list"
            )
        return row

    def events(self, connection: Connection, cases: Sequence[str]) -> dict[str, list[Event]]:
        """The events of cases, in order, by case."""
        found: dict[str, list[Event]] = {case: [] for case in cases}
        joined = EVENTS.join(
            TEXTS, and_(EVENTS.c.case == TEXTS.c.case, EVENTS.c.number == TEXTS.c.number), isouter=True
        )
        for start in range(0, len(cases), _BATCH):
            some = EVENTS.c.case.in_(cases[start : start + _BATCH])
            query = select(EVENTS, TEXTS.c.text.label("said")).select_from(joined).where(some)
            for row in connection.execute(query.order_by(EVENTS.c.case, EVENTS.c.number)):
                found[row.case].append(_event(row))
        return found

    def happened(self, connection: Connection, cases: Sequence[str]) -> dict[str, list[Happened]]:
        """What the clocks see of the events of cases, in order, by case; no text is read for it."""
        found: dict[str, list[Happened]] = {case: [] for case in cases}
        query = select(EVENTS.c.case, EVENTS.c.kind, EVENTS.c.at, EVENTS.c.details).where(EVENTS.c.kind.in_(_SEEN))
        for start in range(0, len(cases), _BATCH):
            some = query.where(EVENTS.c.case.in_(cases[start : start + _BATCH]))
            for case, kind, at, details in connection.execute(some.order_by(EVENTS.c.case, EVENTS.c.number)):
                said = json.loads(details) if kind == "extended" else {}
                # Events are shown by the second, and clocks run from what is shown.
                second = moment_of(at // 1000 * 1000)
                found[case].append(Happened(kind, second, str(said.get("clock", "")), int(said.get("days", 0))))
        return found

    def erase(self, connection: Connection, case: str, number: int) -> None:
        """Erase what was written with an event; its digest stays, and the chain holds. Raises NotFound."""
        gone = connection.execute(TEXTS.delete().where(TEXTS.c.case == case, TEXTS.c.number == number))
        if gone.rowcount != 1:
            raise NotFound(f"Event {number} of {case[:40]} has no text.", code="triage.text")

    def audit(self, connection: Connection, case: str) -> Audited:
        """Check the chain of a case and every text in it, and that it stands as its events say. Raises Unverified."""
        row = self.row(connection, case)
        stored = list(connection.execute(select(EVENTS).where(EVENTS.c.case == case).order_by(EVENTS.c.number)))
        count = chain.check((_link(each) for each in stored), head=row.head)
        texts = {each.number: each for each in connection.execute(select(TEXTS).where(TEXTS.c.case == case))}
        for each in stored:
            held = texts.get(each.number)
            if held is not None and chain.text_digest(held.text, held.salt) != each.text:
                raise Unverified(
                    f"What was written with event {each.number} of {case} was changed.", code="triage.chain"
                )
        folded = standing((each.kind, json.loads(each.details)) for each in stored)
        if _columns(folded) != {name: getattr(row, name) for name in _columns(folded)} or row.number != count:
            raise Unverified(f"{case} doesn't stand as its events say.", code="triage.chain")
        erased = sum(1 for each in stored if each.text and each.number not in texts)
        return Audited(case, count, erased, row.head)

    def _written(
        self,
        connection: Connection,
        row: Row[Any],
        kind: str,
        at: int,
        by: str,
        audience: Audience,
        details: Mapping[str, Any],
        text: str,
    ) -> int:
        held = Standing(row.state, row.assignee, row.severity, row.merged_into, self._items(connection, row))
        new, number = after(held, kind, details), row.number + 1
        salt = self._context.entropy(_SALT_BYTES) if text else b""
        said = chain.text_digest(text, salt) if text else ""
        told = {"by": by, "audience": audience, "text": said, "previous": row.head}
        digest = chain.digest_of(row.id, number, kind, at, details=details, **told)
        place = (CASES.c.id == row.id, CASES.c.number == row.number)
        values = {**_columns(new), "number": number, "head": digest}
        if connection.execute(CASES.update().where(*place).values(**values)).rowcount != 1:
            raise Conflict(f"Somebody else changed {row.id} meanwhile.", code="triage.state", hint="Look again.")
        event = {"case": row.id, "number": number, "kind": kind, "at": at, "details": json.dumps(details)}
        connection.execute(EVENTS.insert().values(**event, **told, digest=digest))
        if text:
            connection.execute(TEXTS.insert().values(case=row.id, number=number, salt=salt, text=text))
        return int(number)

    def _items(self, connection: Connection, row: Row[Any]) -> int:
        """How much of a case lies in quarantine; only asked for where anything does."""
        if not row.quarantined:
            return 0
        kinds = select(EVENTS.c.kind).where(EVENTS.c.case == row.id)
        found = list(connection.execute(kinds).scalars())
        return found.count("quarantined") - found.count("quarantine ended")

    def _last(self, connection: Connection, row: Row[Any]) -> int:
        """When the last event was: time in a case never runs backwards."""
        query = select(EVENTS.c.at).where(EVENTS.c.case == row.id, EVENTS.c.number == row.number)
        return int(connection.execute(query).scalar() or 0)


def happened(events: Iterable[Event]) -> tuple[Happened, ...]:
    """What the clocks see of events."""
    return tuple(
        Happened(each.kind, moment_at(each.at), str(each.details.get("clock", "")), int(each.details.get("days", 0)))
        for each in events
    )


def _columns(held: Standing) -> dict[str, Any]:
    return {
        "state": held.state,
        "assignee": held.assignee,
        "severity": held.severity,
        "merged_into": held.merged_into,
        "quarantined": held.items > 0,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        number=row.number,
        kind=row.kind,
        at=told(row.at),
        by=row.by,
        audience=row.audience,
        details=json.loads(row.details),
        text=row.said or "",
        erased=bool(row.text) and row.said is None,
        digest=row.digest,
    )


def _link(row: Row[Any]) -> chain.Link:
    details = json.loads(row.details)
    return chain.Link(
        row.case, row.number, row.kind, row.at, row.by, row.audience, details, row.text, row.previous, row.digest
    )
