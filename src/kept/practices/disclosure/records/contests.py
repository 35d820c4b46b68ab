"""Contests: what counts in them, and who stands where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """A weakness that came back when it was replayed: by which report, received when, how severe, and its bound.

    `bound` is the best over the versions, in millionths; `received` a time, UTC; `name` the pseudonym that its reporter
    agreed to, or "" for none.
    """

    report: str
    received: str
    severity: str
    bound: int
    entry: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An entrant: their place from 1 on, the score, which replays it rests on, and the prize in minor units.

    `name` is "" for one without a pseudonym. `reports` never leave the room; `entries` are the ledger's.
    """

    place: int
    name: str
    score: int
    weaknesses: int
    since: str
    prize: int
    entries: tuple[int, ...]
    reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A contest as it stands: `over` once its last day is past and `waiting`, the reports
    that came in time and may still change it, is none."""

    contest: str
    title: str
    opens: str
    closes: str
    currency: str
    over: bool
    waiting: int
    places: tuple[Place, ...]
