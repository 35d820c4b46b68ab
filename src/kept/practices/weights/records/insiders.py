"""The nouns of insider detection: what was done to the weights, and what a watcher says about whoever did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["read", "refused", "export", "request", "approval"]


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One thing that one person did, or tried to do, to sealed weights.

    `actor` and `other` are pseudonyms by the time that a detector sees them. "refused" is a read, an export or a
    request that was not allowed, for the reason in `code` ("lease.none", "budget.over", …). An "approval" is by
    `actor`, of what `other` asked for, under `lease`. `moment` knows its time zone: whether an hour is a late one is
    judged in it. A field that nobody filled is empty, and counts neither for nor against anybody.
    """

    moment: datetime
    actor: str
    outcome: Outcome
    file: str = ""
    """The file's id; of an imported log, whatever names what was opened."""
    tensors: str = ""
    """The tensor, or the pattern of tensors; empty for the whole file."""
    bytes: int = 0
    team: str = ""
    role: str = ""
    host: str = ""
    purpose: str = ""
    lease: str = ""
    """The lease it was done under; empty where there was none."""
    other: str = ""
    """The other party: of an approval, who had asked; of an export, the recipient."""
    code: str = ""
    """Of a refusal, its reason."""
    decoy: bool = False
    """Whether the file is one that nobody has a reason to open."""
    number: int = 0
    """Its place in the stream it was read from, from 1; a follower goes on after it."""


AlarmState = Literal["raised", "opened", "confirmed", "dismissed"]
Tier = Literal["rule", "queue", "guarantee"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an alarm names somebody: one feature of their day, beside their habit and their peers.

    `usual` is what the person's own habit led one to expect; `peers` is by what factor the middle of the same role was
    above their own habits that day, or None where that isn't compared; `spreads` is how far out it was.
    """

    feature: str
    value: float
    usual: float
    peers: float | None
    spreads: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of one tier about one person, by pseudonym.

    `rule` is the hard rule that was broken. `score` orders the queue; of the tier "guarantee" it is the wealth of the
    bettor. `events` and `bytes` are those of the day, `words` what a manager reads.
    """

    tier: Tier
    day: str
    actor: str
    score: float
    reasons: tuple[Reason, ...]
    words: str
    rule: str = ""
    events: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a log is watched."""

    budget: int = 1
    """How many people the ranked queue shows a day."""
    alpha: float = 0.01
    """The largest share of innocent people whom the tier with the guarantee ever accuses."""
    leases: bool = True
    """Whether the log knows leases: then a read without one breaks a rule."""
    rest: frozenset[int] = frozenset({5, 6})
    """The days of rest, Monday being 0."""


@dataclass(frozen=True, slots=True)
class Case:
    """An alarm and what became of it; `name` is empty until two people opened the case."""

    id: str
    source: str
    day: str
    tier: Tier
    rule: str
    person: str
    raised: str
    score: float
    events: int
    bytes: int
    words: str
    reasons: tuple[Reason, ...]
    state: AlarmState
    opened_by: tuple[str, ...]
    closed_by: str = ""
    note: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Somebody high in the queue on the last day that ended, by pseudonym, and why."""

    person: str
    score: float
    words: str


@dataclass(frozen=True, slots=True)
class Watched:
    """How far a log was watched, and what came of it."""

    source: str
    events: int
    people: int
    days: int
    alarms: tuple[Case, ...]
    ranked: tuple[Ranked, ...]
    pairs: tuple[tuple[str, str, float], ...]
    """Those who approve each other beyond chance, by pseudonym, and how strongly (-log10 of the chance)."""
    recent: tuple[AccessEvent, ...] = ()
