"""How much may come in: room for what nobody released yet, the slow queue, and the work that is asked for."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select

from kept.core.context import Context
from kept.errors import Unavailable
from kept.practices.disclosure.methods import difficulty
from kept.practices.disclosure.records import Route, Settings
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.tables.intake import REPORTS

MINUTE = 60_000
HOUR = 60 * MINUTE


class FullError(Unavailable):
    """There is no room for more reports now."""


class Limits:
    """Counts what came in, and refuses what would be too much."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings

    def iterations(self) -> int:
        """How much work is asked for now."""
        since = milliseconds(self._context.clock()) - difficulty.MINUTES * MINUTE
        with self._context.store.read() as connection:
            count, filled = _count(connection, REPORTS.c.received > since), self._filled(connection)
        return difficulty.iterations(count, usual=self._settings.usual_reports, filled=filled)

    def check(self, connection: Connection, route: Route, size: int) -> None:
        """Raises FullError where a report of `size` bytes by this route finds no room."""
        self.check_room(connection, size)
        if route == "slow":
            self.check_slow(connection)

    def check_room(self, connection: Connection, size: int) -> None:
        """Raises FullError where `size` more bytes, or one more report, would be too many unreleased."""
        count, held = _unreleased(connection)
        if count >= self._settings.unreleased_reports or held + size > self._settings.unreleased_bytes:
            raise FullError(
                "There is no room for more reports until some were looked at.",
                code="report.full",
                hint="Nothing was kept. Try again tomorrow, or write to the contact of the programme.",
            )

    def check_slow(self, connection: Connection) -> None:
        """Raises FullError where the slow queue has taken its share of this hour, or is full."""
        slow = REPORTS.c.route == "slow"
        since = milliseconds(self._context.clock()) - HOUR
        lately = _count(connection, slow, REPORTS.c.received > since)
        waiting = _count(connection, slow, REPORTS.c.released == 0, REPORTS.c.discarded == 0)
        if lately >= self._settings.slow_an_hour or waiting >= self._settings.slow_waiting:
            raise FullError(
                "The slow queue is full now.",
                code="report.slow-full",
                hint="Try again in an hour, or use the form with JavaScript, which has no queue.",
            )

    def _filled(self, connection: Connection) -> float:
        count, held = _unreleased(connection)
        settings = self._settings
        return min(1.0, max(count / settings.unreleased_reports, held / settings.unreleased_bytes))


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(REPORTS).where(*where)).scalar() or 0)


def _unreleased(connection: Connection) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.sum(REPORTS.c.bytes), 0)).where(
        REPORTS.c.released == 0, REPORTS.c.discarded == 0
    )
    count, held = connection.execute(query).one()
    return int(count), int(held)
