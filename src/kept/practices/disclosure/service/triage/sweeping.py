"""The verb that looks after what time does: clocks that run out, and quarantine that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, true

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.notify.records import Due
from kept.practices.disclosure.methods.triage.clocks import Terms
from kept.practices.disclosure.methods.triage.states import ENDED
from kept.practices.disclosure.records.triage import Case, Event, Swept
from kept.practices.disclosure.service.moments import moment_at
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.quarantine import Quarantine
from kept.practices.disclosure.service.triage.reading import Reading

T = TypeVar("T")

SERVER = Actor("kept", "service", frozenset({"triage"}))
"""Who sweeps where nobody does it by hand."""
ESCALATED_DAYS = 7
_BATCH = 200
_GOING_ON = CASES.c.state.not_in(sorted(ENDED))


class Sweeping(Quarantine, Reading):
    """Marks what is overdue, once, and again after a week; erases what lay in quarantine long enough."""

    _context: Context

    def sweep(self, *, by: Actor = SERVER) -> Swept:
        """Mark each clock that ran out since the last time, and erase what is to be erased; the ledger isn't touched.

        A clock is marked once when it runs out, and once more when that was a week ago. Raises Denied without the role.
        """
        check_role(by, "triage", to="sweep cases")
        marked: list[tuple[str, str]] = []
        for case in self._going_on(partial(self._cases, events=True)):
            marked += [(case.id, clock) for clock in self._mark(case, by=by)]
        return Swept(tuple(marked), tuple(item.id for item in self.quarantine_sweep(by=by)))

    def dues(self) -> tuple[Due, ...]:
        """Each clock that ran out and still runs: for whom its case is assigned to, and the week after for the next."""
        now = self._context.clock()
        terms: dict[tuple[str, int], Terms] = {}
        return tuple(
            due
            for row, clocks in self._going_on(partial(self._clocks, terms=terms, now=now))
            for clock in clocks
            if clock.standing == "overdue" and clock.due is not None
            for due in self._due(row, clock.name, clock.due)
        )

    def _due(self, case: Row[Any], clock: str, at: datetime) -> Iterator[Due]:
        shown = format_time(at)
        for level in self._reached(shown)[-1:]:
            yield Due(
                key=f"{case.id}/{clock}/{shown}/{level}",
                subject=case.id,
                clock=clock,
                due=at.replace(microsecond=0),
                page=f"/disclosure/triage/{case.id}",
                role="triage",
                people=(case.assignee,) if case.assignee else (),
                level=level - 1,
            )

    def _going_on(self, read: Callable[[Connection, Sequence[Row[Any]]], list[T]]) -> Iterator[T]:
        """What `read` tells of the cases that haven't ended, the oldest first, some at a time.

        Each time begins after the last case of the one before, so that none is passed over because another one ended.
        """
        after: ColumnElement[bool] = true()
        while True:
            with self._context.store.read() as connection:
                query = select(CASES).where(_GOING_ON, after).order_by(CASES.c.received, CASES.c.id).limit(_BATCH)
                rows = connection.execute(query).all()
                found = read(connection, rows)
            yield from found
            if len(rows) < _BATCH:
                return
            last = rows[-1]
            after = or_(CASES.c.received > last.received, and_(CASES.c.received == last.received, CASES.c.id > last.id))

    def _mark(self, case: Case, *, by: Actor) -> list[str]:
        def work(connection: Connection) -> list[str]:
            # Asked once more, under the lock: somebody else may sweep at this moment, or have done what was due.
            fresh = self._fresh(self._case(connection, case.id))
            for clock, at, level in fresh:
                details = {"clock": clock, "due": at, "level": level}
                Casebook(self._context).append(connection, case.id, "overdue", by=by.id, details=details)
            return [clock for clock, _, _ in fresh]

        return self._context.store.write(work) if self._fresh(case) else []

    def _fresh(self, case: Case) -> list[tuple[str, str, int]]:
        """The clocks that are to be marked now, with when each ran out and at which level."""
        due = {clock.clock: clock.due for clock in case.clocks if clock.standing == "overdue"}
        return [(clock, at, level) for clock, at in due.items() for level in self._levels(case.events, clock, at)]

    def _levels(self, events: tuple[Event, ...], clock: str, due: str) -> list[int]:
        """The levels at which an overdue clock is to be marked now, and isn't yet."""
        told = {
            each.details.get("level")
            for each in events
            if each.kind == "overdue" and (each.details.get("clock"), each.details.get("due")) == (clock, due)
        }
        return [level for level in self._reached(due) if level not in told]

    def _reached(self, due: str) -> list[int]:
        """The levels that a clock that ran out at `due` has reached by now."""
        late = (self._context.clock() - moment_at(due)).days
        return [level for level, days in ((1, 0), (2, ESCALATED_DAYS)) if late >= days]
