"""Urgent matters: what came in, who is on call, who was told when, and who acknowledged it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Channel = Literal["incident", "incident response", "information"]
"""Something happened; what is being done about it; what is good to know. Each has its own clocks."""
Urgency = Literal["immediate", "prompt", "routine"]
AlertState = Literal["waiting", "acknowledged", "late", "unanswered"]
"""Within its time; acknowledged in time; acknowledged after it; nobody is left to tell, or its time is over."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody on call, by their account's pseudonym: first called at `level` 0, from one moment up to another."""

    person: str
    level: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody is on call at level 0."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was told, or is to be told, of a matter at a moment; `level` counts the steps of escalation."""

    person: str
    level: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """How an urgent matter stands: until when somebody must acknowledge it, and who is to be told by now."""

    state: AlertState
    due: datetime
    calls: tuple[Call, ...]
    acknowledged: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """An urgent matter as it stands. `id` is where it was received; times are UTC, "" where there is none."""

    id: int
    object: str
    version: str
    peer: str
    tlp: str
    channel: Channel
    urgency: Urgency
    title: str
    received: str
    due: str
    state: AlertState
    called: tuple[str, ...]
    acknowledged: str
    by: str
    recorded: int | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on call now, all watches that aren't over, and the gaps of the days to come."""

    now: tuple[str, ...]
    watches: tuple[Watch, ...]
    gaps: tuple[Gap, ...]
