"""Times as the room's tables hold them: milliseconds since 1970, UTC; 0 stands for never."""

from __future__ import annotations

from datetime import UTC, datetime

from kept.core.context import format_time


def milliseconds(moment: datetime) -> int:
    """A moment as the tables hold it."""
    return round(moment.timestamp() * 1000)


def told(at: int) -> str:
    """A time of the tables as "2026-11-22T07:30:00Z", or "" for never."""
    return format_time(datetime.fromtimestamp(at / 1000, UTC)) if at else ""
