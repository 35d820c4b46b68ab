"""Follows a log day by day: the detector's state, the alarms and the place in the log become durable together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.errors import Invalid, KeptError
from kept.practices.weights.methods.insiders.detector import Detector
from kept.practices.weights.methods.insiders.state import freeze, thaw
from kept.practices.weights.records import Settings
from kept.practices.weights.records.insiders import AccessEvent, Alarm, Case, Manner
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.moments import milliseconds
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.insiders import ALARMS, WATCHED
from kept.practices.weights.service.watching.alarms import case, draft, new_rows
from kept.practices.weights.service.watching.streams import stream

LIVE = "broker"
"""The log that the broker writes; alarms about it are told to the ledger."""
RECENT = 50


@dataclass(slots=True)
class Progress:
    """What one run has seen so far."""

    events: int = 0
    cases: list[Case] = field(default_factory=list)
    recent: list[AccessEvent] = field(default_factory=list)


class Watcher:
    """Watches one log for one workspace."""

    def __init__(self, context: Context, settings: Settings, *, source: str = LIVE) -> None:
        self.source = source
        self._context, self._settings = context, settings
        self.manner = Manner(settings.alerts_a_day, settings.false_alarms, leases=source == LIVE)
        self.zone = zone(settings)
        self.people = People(context)
        self.detector, self._ahead, self._at = self._begun()

    def follow(self, *, by: Actor) -> Progress:
        """Read what the broker wrote since; a day that is over by the clock ends."""
        run = Progress()
        if self._saved() != self._at:
            # Another process ended a day, or raised a threshold.
            self.detector, self._ahead, self._at = self._begun()
        try:
            self._run(run, stream(self._context.store, self.people, self._ahead, self.zone), by=by)
            now = self._context.clock().astimezone(self.zone).date()
            if self.detector.today is not None and now > self.detector.today:
                self._commit(run, list(self.detector.close()), by=by)
        except KeptError:
            # What was read since the last day ended was not kept, or another process kept it first: it is read again.
            self.detector, self._ahead, self._at = self._begun()
            raise
        return run

    def take(self, events: Iterable[AccessEvent], *, by: Actor) -> Progress:
        """Read another log from its start to its end, as one that is over; nothing is kept of one that breaks off."""
        run, alarms = Progress(), list[Alarm]()
        for event in events:
            alarms += self.detector.feed(event)
            self._seen(run, event)
        alarms += self.detector.close()
        self._ahead = run.events
        self._tell(run, alarms, by=by, also=self._saving())
        return run

    def _run(self, run: Progress, events: Iterable[AccessEvent], *, by: Actor) -> None:
        for event in events:
            day = event.moment.date()
            if self.detector.today is not None and day > self.detector.today:
                self._commit(run, list(self.detector.close()), by=by)
            if found := list(self.detector.feed(event)):
                self._tell(run, found, by=by)
            self._ahead = event.number
            self._seen(run, event)

    @staticmethod
    def _seen(run: Progress, event: AccessEvent) -> None:
        run.events += 1
        run.recent.append(event)
        del run.recent[:-RECENT]

    def _commit(self, run: Progress, alarms: list[Alarm], *, by: Actor) -> None:
        """A day has ended: its alarms, the state and the place become durable together."""
        self._tell(run, alarms, by=by, also=self._saving())

    def _saving(self) -> Callable[[Connection], None]:
        self._at = max(milliseconds(self._context.clock()), self._at + 1)
        row = {
            "source": self.source,
            "read": self._ahead,
            "at": self._at,
            "state": freeze(self.detector),
        }

        def save(connection: Connection) -> None:
            connection.execute(WATCHED.delete().where(WATCHED.c.source == self.source))
            connection.execute(WATCHED.insert().values(**row))

        return save

    def _tell(self, run: Progress, alarms: list[Alarm], *, by: Actor, also: Any = None) -> None:
        """Keep new alarms, and tell the ledger of those about the broker's log, in one transaction."""
        with self._context.store.read() as connection:
            rows = new_rows(self._context, connection, self.source, alarms)

        def work(connection: Connection) -> None:
            if rows:
                connection.execute(ALARMS.insert(), rows)
            if also is not None:
                also(connection)

        if rows and self.source == LIVE:
            signer = Recording(self._context).recorder(by)
            drafts = [draft(self._context, row, bound=self.manner.alpha, by=signer) for row in rows]
            self._context.ledger.record(drafts, by=signer, rows=work)
        else:
            self._context.store.write(work)
        run.cases += [case(row) for row in rows]

    def save(self) -> None:
        """Make durable what was changed by hand, before anything was read."""
        self._context.store.write(self._saving())

    def _saved(self) -> int:
        with self._context.store.read() as connection:
            at = connection.execute(select(WATCHED.c.at).where(WATCHED.c.source == self.source)).scalar()
        return 0 if at is None else int(at)

    def _begun(self) -> tuple[Detector, int, int]:
        """The detector as the last day left it, up to which row that was, and when it was kept."""
        with self._context.store.read() as connection:
            row = connection.execute(select(WATCHED).where(WATCHED.c.source == self.source)).first()
        if row is None:
            return Detector(self.manner, self._uniform), 0, 0
        return thaw(bytes(row.state), self.manner, self._uniform), int(row.read), int(row.at)

    def _uniform(self, count: int) -> NDArray[np.float64]:
        drawn = np.frombuffer(self._context.entropy(8 * count), np.uint64)
        return (drawn >> np.uint64(11)) / float(1 << 53)


def zone(settings: Settings) -> ZoneInfo:
    """The house's time zone. Raises Invalid for one that nobody knows."""
    try:
        return ZoneInfo(settings.watch_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(
            f"No time zone is called {settings.watch_zone[:40]!r}.", code="watch.zone", hint="Europe/Berlin"
        ) from error
