"""Times as the room's tables hold them: milliseconds since 1970, UTC; 0 stands for never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kept.core.context import format_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """A moment as the tables hold it: the last whole one, never one that is still to come."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(at: int) -> datetime:
    """A time of the tables as a moment, UTC."""
    return _EPOCH + at * _MILLISECOND


def moment_at(text: str) -> datetime:
    """A time "2026-11-22T07:30:00Z" as a moment."""
    return datetime.fromisoformat(text)


def told(at: int) -> str:
    """A time of the tables as "2026-11-22T07:30:00Z", or "" for never."""
    return format_time(moment_of(at)) if at else ""
