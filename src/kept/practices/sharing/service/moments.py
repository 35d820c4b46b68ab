"""Times as the room keeps them: microseconds since 1970, which name an object's place in a collection, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """A time as microseconds since 1970."""
    return microseconds_of(moment - _EPOCH)


def microseconds_of(span: timedelta) -> int:
    """A span in microseconds."""
    return span // _MICROSECOND


def told(number: int) -> str:
    """The time that microseconds since 1970 say, to the second; "" for 0, which is never."""
    return (_EPOCH + timedelta(microseconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ") if number else ""


def stamped(number: int) -> str:
    """The time that microseconds since 1970 say, to the last one, as "2026-11-22T07:30:00.000001Z"."""
    return (_EPOCH + timedelta(microseconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stix_time(at: datetime) -> str:
    """A time to the millisecond, as objects of STIX have it: "2026-11-29T00:30:00.000Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def moment(number: int) -> datetime:
    """The time that microseconds since 1970 say."""
    return _EPOCH + timedelta(microseconds=number)
