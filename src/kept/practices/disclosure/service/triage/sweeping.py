"""The verb that looks after what time does: clocks that run out, and quarantine that is over."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.notify.records import Due
from kept.practices.disclosure.methods.triage.states import ENDED
from kept.practices.disclosure.records.triage import Case, Event, Swept
from kept.practices.disclosure.service.moments import moment_at
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.quarantine import Quarantine
from kept.practices.disclosure.service.triage.reading import Reading

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
        for case in self._going_on(events=True):
            marked += [(case.id, clock) for clock in self._mark(case, by=by)]
        return Swept(tuple(marked), tuple(item.id for item in self.quarantine_sweep(by=by)))

    def dues(self) -> tuple[Due, ...]:
        """Each clock that ran out and still runs: for whom its case is assigned to, and the week after for the next."""
        return tuple(
            Due(
                key=f"{case.id}/{clock.clock}/{clock.due}/{level}",
                subject=case.id,
                clock=clock.clock,
                due=moment_at(clock.due),
                page=f"/disclosure/triage/{case.id}",
                role="triage",
                people=(case.assignee,) if case.assignee else (),
                level=level - 1,
            )
            for case in self._going_on(events=False)
            for clock in case.clocks
            if clock.standing == "overdue"
            for level in self._reached(clock.due)[-1:]
        )

    def _going_on(self, *, events: bool) -> Iterator[Case]:
        for start in range(0, self._count(), _BATCH):
            with self._context.store.read() as connection:
                query = (
                    select(CASES).where(_GOING_ON).order_by(CASES.c.received, CASES.c.id).limit(_BATCH).offset(start)
                )
                cases = self._cases(connection, connection.execute(query).all(), events=events)
            yield from cases

    def _count(self) -> int:
        with self._context.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(CASES).where(_GOING_ON)).scalar() or 0)

    def _mark(self, case: Case, *, by: Actor) -> list[str]:
        due = {clock.clock: clock.due for clock in case.clocks if clock.standing == "overdue"}
        fresh = [(clock, at, level) for clock, at in due.items() for level in self._levels(case.events, clock, at)]

        def work(connection: Connection) -> None:
            for clock, at, level in fresh:
                details = {"clock": clock, "due": at, "level": level}
                Casebook(self._context).append(connection, case.id, "overdue", by=by.id, details=details)

        if fresh:
            self._context.store.write(work)
        return [clock for clock, _, _ in fresh]

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
