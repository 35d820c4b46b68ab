"""The nouns of the ladder: levels, the measures that make them, and how each reads."""

from dataclasses import dataclass
from typing import Literal

from kept.core.commitments.catalog import Requirement

Standing = Literal["met", "stale", "missing", "contradicted", "not evidenced"]


@dataclass(frozen=True, slots=True)
class Level:
    """One rung of the ladder, and whom it must withstand."""

    level: int
    title: str
    against: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to do. Without a `requirement` no statement can show it, and `unseen` says why.

    `facet` is a field and the value that narrows the statements that count; `each` is a field by whose values they
    are told apart, of which every one must be in order.
    """

    id: str
    level: int
    text: str
    requirement: Requirement | None = None
    unseen: str = ""
    facet: tuple[str, str] | None = None
    each: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels and all of their measures; `digest` is the SHA-256 (hex) of the canonical form of all but itself."""

    framework: str
    url: str
    revised: str
    levels: tuple[Level, ...]
    measures: tuple[Measure, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """How a measure reads; `why` is for people, `evidence` are ledger indices, `until` is when it turns stale."""

    measure: Measure
    reading: Standing
    why: str
    evidence: tuple[int, ...] = ()
    until: str = ""
