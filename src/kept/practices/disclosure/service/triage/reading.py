"""The verbs that show cases: to the triage team, to the reporter, and to whoever audits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Invalid
from kept.practices.disclosure.methods.triage import clocks as clock_method
from kept.practices.disclosure.methods.triage.clocks import Clock, Terms, terms_of
from kept.practices.disclosure.methods.triage.embargo import Change, Embargo, embargo, knowing
from kept.practices.disclosure.methods.triage.states import MOVES, STATES, State, allowed
from kept.practices.disclosure.records import Settings
from kept.practices.disclosure.records.triage import Audited, Case, Event, Owed, Progress
from kept.practices.disclosure.service.moments import moment_at
from kept.practices.disclosure.service.moments import told as told_at
from kept.practices.disclosure.service.tables.programmes import PROGRAMMES
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage.casebook import Casebook, happened

PAGE = 100
TOLD = frozenset({"clock", "days", "until", "severity", "reproduced", "state", "amount", "currency"})
"""The details of events that are a reporter's to know."""
SHOWN = ("reporter", "everyone")
"""The audiences whose events a reporter sees."""
RECEIVED = "The report has come in."


class Reading:
    """Lists, shows and audits cases."""

    _context: Context
    _settings: Settings

    def triage_list(
        self, *, state: str = "", assignee: str = "", overdue: bool = False, after: str = "", by: Actor
    ) -> tuple[Case, ...]:
        """At most 100 cases, the oldest first, without their events; `after` is the last id of the page before.

        What lies in quarantine whole isn't listed. Raises Denied without the role, or Invalid for another state.
        """
        check_role(by, "triage", to="list cases")
        if state and state not in STATES:
            raise Invalid(f"{state[:40]!r} is no state.", code="triage.state", hint=f"States: {', '.join(STATES)}.")
        query = select(CASES).where(CASES.c.quarantined.is_(False)).order_by(CASES.c.received, CASES.c.id)
        if state:
            query = query.where(CASES.c.state == state)
        if assignee:
            query = query.where(CASES.c.assignee == assignee)
        found: list[Case] = []
        with self._context.store.read() as connection:
            if after:
                last = Casebook(self._context).row(connection, after)
                same = (CASES.c.received == last.received) & (CASES.c.id > last.id)
                query = query.where((CASES.c.received > last.received) | same)
            start = 0
            while len(found) < PAGE:
                rows = connection.execute(query.limit(PAGE).offset(start)).all()
                cases = self._cases(connection, rows)
                found += [case for case in cases if case.overdue or not overdue]
                start += PAGE
                if len(rows) < PAGE:
                    break
        return tuple(found[:PAGE])

    def triage_show(self, case: str, *, by: Actor) -> Case:
        """A case with its events. Raises Denied without the role, or NotFound."""
        check_role(by, "triage", to="see cases")
        with self._context.store.read() as connection:
            return self._case(connection, case)

    def triage_progress(self, case: str) -> Progress:
        """What the reporter of a case may see of it; whoever asks has shown the receipt. Raises NotFound.

        What was said for the triage team alone, who said it, and that something was quarantined stay out of it.
        """
        with self._context.store.read() as connection:
            found = self._case(connection, case)
        told = tuple(_for_reporter(each) for each in found.events if each.audience in SHOWN)
        words = MOVES[found.state].words if found.state in MOVES else RECEIVED
        until = found.embargo_until if found.embargo == "holds" else ""
        return Progress(found.id, found.state, words, found.received, found.severity, until, found.clocks, told)

    def triage_audit(self, case: str = "", *, by: Actor) -> tuple[Audited, ...]:
        """Check the chain of events of a case, or of all. Raises Denied without the role, NotFound, or Unverified."""
        check_role(by, "triage", to="audit cases")
        book = Casebook(self._context)
        with self._context.store.read() as connection:
            names = (
                [case] if case else connection.execute(select(CASES.c.id).order_by(CASES.c.received)).scalars().all()
            )
            return tuple(book.audit(connection, each) for each in names)

    def _changed(self, case: str, work: Callable[[Connection], object], *, erasing: bool = False) -> Case:
        """Do the work in one transaction, and show the case after it."""

        def done(connection: Connection) -> Case:
            work(connection)
            return self._case(connection, case)

        return self._context.store.erase(done) if erasing else self._context.store.write(done)

    def _case(self, connection: Connection, case: str) -> Case:
        row = Casebook(self._context).row(connection, case)
        (found,) = self._cases(connection, [row], events=True)
        return found

    def _cases(self, connection: Connection, rows: Sequence[Row[Any]], *, events: bool = False) -> list[Case]:
        held = Casebook(self._context).events(connection, [row.id for row in rows])
        terms: dict[tuple[str, int], Terms] = {}
        found = []
        for row in rows:
            key = (row.programme, row.version)
            if key not in terms:
                terms[key] = self._terms(connection, *key)
            found.append(self._shown(row, held[row.id], terms[key], with_events=events))
        return found

    def _clocks(
        self, connection: Connection, rows: Sequence[Row[Any]], *, terms: dict[tuple[str, int], Terms], now: datetime
    ) -> list[tuple[Row[Any], tuple[Clock, ...]]]:
        """The clocks of cases alone, for which nothing else of them is read; `terms` are those known already."""
        held = Casebook(self._context).happened(connection, [row.id for row in rows])
        found = []
        for row in rows:
            key = (row.programme, row.version)
            if key not in terms:
                terms[key] = self._terms(connection, *key)
            found.append((row, clock_method.clocks(held[row.id], terms=terms[key], now=now)))
        return found

    def _shown(self, row: Row[Any], events: list[Event], terms: Terms, *, with_events: bool) -> Case:
        now = self._context.clock()
        found = clock_method.clocks(happened(events), terms=terms, now=now)
        silence = embargo(embargo_changes(events), now=now)
        state: State = row.state
        told = ((each.kind, each.by, each.details) for each in events) if with_events else ()
        team, vendors = knowing(told)
        return Case(
            id=row.id,
            state=state,
            received=told_at(row.received),
            programme=row.programme,
            version=row.version,
            assignee=row.assignee,
            severity=row.severity,
            merged_into=row.merged_into,
            quarantined=row.quarantined,
            embargo=silence.standing,
            embargo_until=_until(silence),
            clocks=tuple(_owed(each) for each in found),
            overdue=clock_method.overdue(found),
            moves=allowed(state),
            events=tuple(events) if with_events else (),
            knowing=team,
            vendors=vendors,
        )

    def _terms(self, connection: Connection, programme: str, version: int) -> Terms:
        """The terms of the programme that a case came under, else the default ones."""
        query = select(PROGRAMMES.c.draft).where(PROGRAMMES.c.name == programme, PROGRAMMES.c.version == version)
        draft = connection.execute(query).scalar()
        promised = json.loads(draft) if draft else {}
        days = {name: promised[f"{name}_days"] for name in clock_method.LIMITS if f"{name}_days" in promised}
        return terms_of(days, holidays=self._settings.holidays, wait_days=self._settings.wait_days)


def embargo_changes(events: Sequence[Event]) -> list[Change]:
    """What the embargo sees of events."""
    return [
        Change(each.kind, moment_at(each.at), moment_at(each.details["until"]) if each.kind == "embargoed" else None)
        for each in events
        if each.kind.startswith("embargo")
    ]


def _for_reporter(event: Event) -> Event:
    """The event without who it was by, where that isn't the reporter, and with the details that are theirs to know."""
    details = {name: value for name, value in event.details.items() if name in TOLD}
    by = event.by if event.by == "reporter" else "triage"
    return Event(
        event.number, event.kind, event.at, by, event.audience, details, event.text, event.erased, event.digest
    )


def _owed(clock: Clock) -> Owed:
    times = [format_time(each) if each else "" for each in (clock.began, clock.due, clock.stopped)]
    return Owed(clock.name, clock.standing, times[0], times[1], times[2], clock.added_days)


def _until(found: Embargo) -> str:
    return format_time(found.until) if found.until else ""
