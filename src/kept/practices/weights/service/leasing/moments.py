"""The time that leases are judged at: none earlier than one that was seen before, also by another process."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from kept.core.context import Context
from kept.errors import Unavailable
from kept.practices.weights.service.tables.leasing import MOMENTS

SLACK = 2
"""Seconds by which a clock that is being corrected may fall behind."""
_STRIDE = 5


class Moments:
    """Seconds since 1970 by the workspace's clock; the latest is durable, give or take five seconds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._noted = -1

    def now(self, shown: datetime | None = None) -> int:
        """The time now, or the one that a caller's clock shows.

        Raises Unavailable where it is earlier than a moment that was seen: a clock that was set back lengthens no
        lease.
        """
        time = int((shown or self._context.clock()).timestamp())
        latest = max(self._latest(), self._noted)
        if time < latest - SLACK:
            raise Unavailable(
                f"The clock shows {text(time)}, and something was recorded at {text(latest)}.",
                code="lease.clock",
                hint="Set the clock right; nothing is lent until then.",
            )
        if time > latest and (self._noted < 0 or time >= self._noted + _STRIDE):
            self._context.store.write(lambda connection: _note(connection, time))
            self._noted = time
        return max(time, latest)

    def _latest(self) -> int:
        with self._context.store.read() as connection:
            return connection.execute(select(MOMENTS.c.latest)).scalar() or 0


def text(moment: int) -> str:
    """A moment as "2026-11-28T07:30:00Z"."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _note(connection: Connection, time: int) -> None:
    latest = connection.execute(select(MOMENTS.c.latest)).scalar()
    if latest is None:
        connection.execute(MOMENTS.insert().values(number=0, latest=time))
    elif latest < time:
        connection.execute(MOMENTS.update().values(latest=time))
