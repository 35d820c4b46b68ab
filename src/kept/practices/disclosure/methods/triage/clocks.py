"""The clocks of a case, computed from its events alone, so that anyone who holds the events finds the same.

A clock runs from one event to another and has a limit in counted days. What counts is whole seconds: all of them, or
for a clock of business days those of weekdays that are no holiday (UTC); and none while the case waits for its
reporter, up to a bound for the whole case. An extension adds to the limit where it came before the clock ran out: one
that came after cures nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.states import ENDED, MOVES, STATES, state_of

Standing = Literal["not begun", "running", "waiting", "overdue", "met", "missed", "ended"]
DAY = 86_400
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as the clocks see it; `clock` and `days` are those of an extension."""

    kind: str
    at: datetime
    clock: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock may run: in days, of business or of the calendar; `since` and `until` are kinds of events."""

    days: int
    since: tuple[str, ...]
    until: tuple[str, ...]
    business: bool = False
    waits: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST_DAYS:
            raise Invalid(f"A clock runs for 1 to {LONGEST_DAYS} days, not {self.days}.", code="triage.clock")


_DECIDED = ("reproduced", "not reproduced", "out of scope", "duplicate", "closed")
LIMITS: Mapping[str, Limit] = {
    "acknowledge": Limit(
        3, ("received",), ("acknowledged", "assessing", *_DECIDED, "fixed", "published"), business=True, waits=False
    ),
    "assess": Limit(14, ("received", "reopened"), (*_DECIDED, "fixed", "published"), business=True),
    "fix": Limit(60, ("received", "regressed"), ("fixed",)),
    "publish": Limit(90, ("received", "regressed"), ("published",)),
}
"""The default terms; each runs from the report, whatever else takes long, and 90 days end the silence."""
SEEN = frozenset({"received", "extended", "waiting", "resumed", "message", *MOVES})
"""The kinds of events that clocks look at; every other kind changes nothing."""
WAIT_DAYS = 30
"""How long a case may wait for its reporter in all, in days, before its clocks go on."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme promises: a limit for each clock, its holidays, and how long a reporter is waited for."""

    limits: Mapping[str, Limit]
    holidays: frozenset[date] = frozenset()
    wait_days: int = WAIT_DAYS


DEFAULT_TERMS = Terms(LIMITS)


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at a moment: when it began, when it is due, when it stopped, how much was added, and how it stands."""

    name: str
    standing: Standing
    began: datetime | None = None
    due: datetime | None = None
    stopped: datetime | None = None
    added_days: int = 0


def terms_of(days: Mapping[str, int], *, holidays: Iterable[str] = (), wait_days: int = WAIT_DAYS) -> Terms:
    """The default terms with other limits. Raises Invalid for a clock there isn't, or days that are none."""
    if unknown := sorted(set(days) - set(LIMITS)):
        raise Invalid(f"There is no clock {unknown[0]!r}.", code="triage.clock", hint=f"Clocks: {', '.join(LIMITS)}.")
    limits = {
        name: Limit(days.get(name, held.days), held.since, held.until, held.business, held.waits)
        for name, held in LIMITS.items()
    }
    try:
        closed = frozenset(date.fromisoformat(day) for day in holidays)
    except ValueError as error:
        raise Invalid("A holiday is a day such as 2026-12-25.", code="triage.holiday") from error
    return Terms(limits, closed, wait_days)


def clocks(events: Sequence[Happened], *, terms: Terms = DEFAULT_TERMS, now: datetime) -> tuple[Clock, ...]:
    """Every clock of a case at `now` (aware UTC), from its events in order.

    A clock begins anew only once it was stopped: a reopened case is assessed anew, and what comes back is fixed anew,
    but what was never fixed goes on from the report, whatever else is said of it.
    """
    waits = _waits(events, until=now, most=terms.wait_days * DAY)
    state = state_of(each.kind for each in events)
    return tuple(
        _clock(name, limit, events, waits if limit.waits else (), ended=state in ENDED, terms=terms, now=now)
        for name, limit in terms.limits.items()
    )


def overdue(found: Iterable[Clock]) -> tuple[str, ...]:
    """The names of the clocks that have run out and still run."""
    return tuple(each.name for each in found if each.standing == "overdue")


def _clock(
    name: str,
    limit: Limit,
    events: Sequence[Happened],
    waits: Sequence[tuple[datetime, datetime]],
    *,
    ended: bool,
    terms: Terms,
    now: datetime,
) -> Clock:
    first = _beginning(limit, events)
    if first is None:
        return Clock(name, "not begun")
    began, later = events[first].at, events[first + 1 :]
    stopped = next((each.at for each in later if each.kind in limit.until), None)
    holidays = terms.holidays if limit.business else None
    seconds = limit.days * DAY
    due = _due(began, seconds, waits, holidays)
    added = 0
    for each in later:
        if each.kind == "extended" and each.clock == name and each.at <= due:
            added += each.days
            due = _due(began, seconds + added * DAY, waits, holidays)
    return Clock(name, _standing(due, stopped, events, ended=ended, now=now, waits=waits), began, due, stopped, added)


def _beginning(limit: Limit, events: Sequence[Happened]) -> int | None:
    """Where a clock began last: with its first beginning, or one that came after it was stopped."""
    first, stopped = None, False
    for at, each in enumerate(events):
        if each.kind in limit.since and (first is None or stopped):
            first, stopped = at, False
        stopped = stopped or (first is not None and each.kind in limit.until)
    return first


def _standing(
    due: datetime,
    stopped: datetime | None,
    events: Sequence[Happened],
    *,
    ended: bool,
    now: datetime,
    waits: Sequence[tuple[datetime, datetime]],
) -> Standing:
    if stopped is not None:
        return "met" if stopped <= due else "missed"
    if ended:
        last = max((each.at for each in events if each.kind in STATES), default=now)
        return "ended" if last <= due else "missed"
    if now > due:
        return "overdue"
    return "waiting" if waits and waits[-1][1] >= now else "running"


def _waits(events: Sequence[Happened], *, until: datetime, most: int) -> tuple[tuple[datetime, datetime], ...]:
    """The spans in which the case waited for its reporter, cut off where they come to `most` seconds."""
    found: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    left = timedelta(seconds=most)
    for kind, at in [*((each.kind, each.at) for each in events), ("resumed", until)]:
        if kind == "waiting" and since is None:
            since = at
        elif since is not None and kind in ("resumed", "message", "closed"):
            end = min(at, since + left)
            if end > since:
                found.append((since, end))
                left -= end - since
            since = None
    return tuple(found)


def _due(
    began: datetime, seconds: int, waits: Sequence[tuple[datetime, datetime]], holidays: frozenset[date] | None
) -> datetime:
    """When so many seconds have counted since a clock began."""
    left = timedelta(seconds=seconds)
    for start, end in _counted(began, waits, holidays):
        if end is None or end - start >= left:
            return start + left
        left -= end - start
    raise AssertionError("the last span that counts has no end")


def _counted(
    began: datetime, waits: Sequence[tuple[datetime, datetime]], holidays: frozenset[date] | None
) -> Iterator[tuple[datetime, datetime | None]]:
    """The spans of time that count, in order; the last of a calendar clock has no end."""
    at = began
    for start, end in (*waits, (None, None)):
        if end is not None and end <= at:
            continue
        stop = max(start, at) if start is not None else None
        yield from _open(at, stop, holidays)
        if end is not None:
            at = end


def _open(
    start: datetime, stop: datetime | None, holidays: frozenset[date] | None
) -> Iterator[tuple[datetime, datetime | None]]:
    if holidays is None:
        if stop is None or stop > start:
            yield start, stop
        return
    while stop is None or start < stop:
        is_open, days = _stretch(start.date(), holidays)
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
        end = midnight if stop is None else min(midnight, stop)
        if is_open:
            yield start, end
        start = end


def _stretch(day: date, holidays: frozenset[date]) -> tuple[bool, int]:
    """Whether a day is one of business, and after how many days a stretch of its kind may be over."""
    weekday = day.weekday()
    if weekday > 4:
        return False, 7 - weekday
    if day in holidays:
        return False, 1
    left = 5 - weekday
    until = (ahead for ahead in range(1, left) if day + timedelta(days=ahead) in holidays) if holidays else ()
    return True, next(iter(until), left)
