"""Cases: what became of a report, who answers for it, how grave it is, and what is owed when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Audience = Literal["staff", "reporter", "vendors", "everyone"]
"""For whose eyes an event is: the triage team alone, also the reporter, also the vendors, or all of these."""


@dataclass(frozen=True, slots=True)
class Cvss:
    """A score by CVSS 4.0: the vector, 0 to 10, and the severity that FIRST's scale calls it."""

    vector: str
    score: float
    severity: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case; rows are only ever added, each with the digest of the one before.

    `at` is a time, UTC. `text` is what was written with it, "" where nothing was; `erased` says that it is gone.
    """

    number: int
    kind: str
    at: str
    by: str
    audience: Audience
    details: Mapping[str, Any]
    text: str
    erased: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Owed:
    """One clock as it stands: times are UTC, "" where there is none yet."""

    clock: str
    standing: str
    began: str
    due: str
    stopped: str
    added_days: int


@dataclass(frozen=True, slots=True)
class Case:
    """What the triage team sees of a case; one case is one report until it is merged into another.

    `severity` is what triage found, "" before it assessed. `overdue` names the clocks that ran out, `moves` what may
    happen next. `embargo` is none, holds, ended, lifted or broken; `embargo_until` a time, UTC, or "". `knowing` and
    `vendors` are who knows of it besides the reporter: ids of the team and of vendors, where its events are shown.
    """

    id: str
    state: str
    received: str
    programme: str
    version: int
    assignee: str
    severity: str
    merged_into: str
    quarantined: bool
    embargo: str
    embargo_until: str
    clocks: tuple[Owed, ...]
    overdue: tuple[str, ...]
    moves: tuple[str, ...]
    events: tuple[Event, ...] = ()
    knowing: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """What a reporter may see of their case: where it stands in words, what they were told, and what is owed when."""

    id: str
    state: str
    words: str
    received: str
    severity: str
    embargo_until: str
    clocks: tuple[Owed, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """A chain of events that holds: how many there are, how many texts were erased, and the digest of the last."""

    case: str
    events: int
    erased: int
    head: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """How grave a weakness is: by CVSS, by the scale of harms, by decision tables; `severity` is the graver of both.

    `harm` holds the answers of the scale, `ssvc` for each table its answers and its outcome.
    """

    severity: str
    cvss: Cvss | None = None
    harm: Mapping[str, str] = field(default_factory=dict)
    ssvc: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The assessment as plain JSON values."""
        score = {"vector": self.cvss.vector, "score": self.cvss.score} if self.cvss else None
        return {
            "severity": self.severity,
            "cvss": score,
            "harm": dict(self.harm),
            "ssvc": {name: dict(found) for name, found in self.ssvc.items()},
        }


@dataclass(frozen=True, slots=True)
class Summarised:
    """A recorded summary of reports: its entry, and what it says."""

    recorded: int
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Swept:
    """What time did: the case and the clock of each that ran out, and the items that were erased from quarantine."""

    overdue: tuple[tuple[str, str], ...]
    erased: tuple[str, ...]
