"""Replays of what partners shared, and the sightings that come of them."""

from dataclasses import dataclass, field
from typing import Literal

from kept.core.confinement import Confinement

ReplayState = Literal["queued", "planned", "replayed", "refused"]
SightingState = Literal["ready", "sent", "withheld"]


@dataclass(frozen=True, slots=True)
class SharedReplay:
    """One shared pattern on one of our models. `cursor` is where it was received.

    `why` says why it was refused or abandoned, or what stands in its way. `confinement` names what was taken from the
    worker's process while it made the attempts, None before any, and of replays of before.
    Shares are from 0 to 1. `low` and `high` are the limits of the share that the judge calls a success, `bound` the
    lower bound of the rate at which it truly works; all None until it was replayed.
    """

    id: str
    pattern: str
    version: str
    peer: str
    collection: str
    tlp: str
    model: str
    state: ReplayState
    cursor: int
    planned: int
    made: int
    plan: int | None
    why: str = ""
    counted: int | None = None
    worked: int | None = None
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    recorded: int | None = None
    confinement: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a partner is told of a pattern of theirs, or why not: `object` is the STIX id, "" until it is made."""

    replay: str
    pattern: str
    peer: str
    state: SightingState
    why: str
    object: str
    when: str


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker did: the replays that it saw to their end, and those that stand still.

    `confinement` is what was taken from its process beforehand. Where another was at work, it did nothing, and
    `elsewhere` says so.
    """

    replayed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    confinement: Confinement = field(default_factory=Confinement)
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of replaying did: patterns taken in, objects passed over, replays planned, ended and refused."""

    taken: int
    passed: int
    planned: int
    ended: tuple[SharedReplay, ...]
    refused: tuple[SharedReplay, ...]
