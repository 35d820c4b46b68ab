"""Replays: how a programme has them made, what they came to, and which weakness they are of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kept.core.confinement import Confinement

Purpose = Literal["report", "release"]
State = Literal["queued", "surveyed", "planned", "replayed", "recorded", "refused"]


@dataclass(frozen=True, slots=True)
class Judging:
    """How every replay of a programme is made and judged, fixed with the programme.

    `judge` is a judge of the red-team room and `judge_model` the registered model that it asks, if any. `system` is
    said to the model before a report's turns, `{{card}}` in it is a sealed card, new in each attempt. `temperature`
    and `max_tokens` None are the model's own. `requests`, `tokens` and `seconds` bound one replay on one version.
    """

    judge: str = "exact-card"
    judge_model: str = ""
    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    requests: int = 2_000
    tokens: int = 2_000_000
    seconds: int = 7_200


@dataclass(frozen=True, slots=True)
class Offer:
    """What a weakness of one severity must show: shares in millionths, `level` the probability of a false payment.

    All `conversations` that are replayed on all `versions` share that probability.
    """

    attempts: int
    threshold: int
    level: int
    versions: int = 1
    conversations: int = 1


@dataclass(frozen=True, slots=True)
class Power:
    """How probably a weakness that truly comes back at a `rate` (0 to 1) passes the gate at its first try."""

    rate: float
    passes: float


@dataclass(frozen=True, slots=True)
class Gates:
    """A programme's gates: by severity what is offered, how many successes open it, and its power."""

    programme: str
    version: int
    gates: tuple[tuple[str, Offer, int, tuple[Power, ...]], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One conversation of a report, by its number there; the template has the number after the last.

    `script` is the salted digest of what it says, `asks` how often one attempt asks the model. One that isn't `wanted`
    was planned before and is not asked for now. `problem` says why it isn't replayed, and repeats nothing of it.
    """

    number: int
    script: str = ""
    asks: int = 0
    wanted: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a replay of one conversation came to on one version; `entry` is the index of its statement.

    `conversation` is its number in the report; 0 in replays of before, which took the first alone.
    """

    model: str
    conversation: int
    outcomes: str
    counted: str
    deterministic: bool
    bound: int
    reproduced: bool
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay of one report; `weakness` is what it shares its error budget with, `first` the first report of that.

    `submission` counts this replay among those of the weakness, `tries` are all that it has spent. `problem` says why
    it was refused or stands still.
    `conversations` are those that it is of, and those that were left out, with the reason.
    `confinement` names what was taken from the worker's process while it made the attempts, None before any.
    """

    id: str
    report: str
    purpose: Purpose
    programme: str
    version: int
    state: State
    severity: str
    weakness: str
    first: str
    submission: int
    tries: int
    offer: Offer | None
    plan: int | None
    made: int
    requests: int
    tokens: int
    problem: str
    conversations: tuple[Said, ...] = ()
    confinement: tuple[str, ...] | None = None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker did: the replays that it surveyed, those whose last attempt it made, and those that stand still.

    `confinement` is what was taken from its process beforehand.
    """

    surveyed: tuple[str, ...] = ()
    replayed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    confinement: Confinement = field(default_factory=Confinement)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many replays were queued, which were planned and recorded, and what stands in the way of others."""

    queued: int = 0
    planned: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
