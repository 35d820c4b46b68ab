"""The time that decisions are made at, which never runs backwards past what is durable."""

from __future__ import annotations

from datetime import UTC, datetime

from kept.core.context import Clock
from kept.errors import Unavailable

SLACK = 1000
"""Milliseconds by which a clock that is being corrected may fall behind; the time stands still meanwhile."""


class ClockSetBackError(Unavailable):
    """The clock shows an earlier time than what was recorded: leases and budgets would begin again."""


class Moments:
    """Milliseconds since 1970 by the workspace's clock, none earlier than the one before."""

    def __init__(self, clock: Clock, *, latest: int) -> None:
        self._clock = clock
        self._latest = latest

    def now(self) -> int:
        """The time now. Raises ClockSetBackError where the clock was set back."""
        shown = milliseconds(self._clock())
        if shown < self._latest - SLACK:
            raise ClockSetBackError(
                f"The clock shows {moment(shown):%Y-%m-%d %H:%M:%S} UTC, and something was recorded at "
                f"{moment(self._latest):%Y-%m-%d %H:%M:%S}.",
                code="broker.clock",
                hint="Set the clock right; nothing is released until then.",
            )
        self._latest = max(shown, self._latest)
        return self._latest


def milliseconds(time: datetime) -> int:
    """A time as milliseconds since 1970."""
    return round(time.timestamp() * 1000)


def moment(number: int) -> datetime:
    """The time that milliseconds since 1970 say, in UTC."""
    return datetime.fromtimestamp(number / 1000, UTC)
