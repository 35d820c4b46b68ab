"""What the watch page shows, and the link that lets somebody in."""

from dataclasses import dataclass, field

from kept.practices.weights.records.insiders import AccessEvent


@dataclass(frozen=True, slots=True)
class Link:
    """A way onto the watch page that works once; `path` holds its secret."""

    path: str = field(repr=False)
    until: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What was done in the last 24 hours."""

    reads: int
    bytes: int
    refused: int
    people: int
    decoys: int


@dataclass(frozen=True, slots=True)
class Warned:
    """An alarm as a manager reads it, about a pseudonym."""

    moment: str
    tier: str
    person: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class View:
    """The newest accesses and alarms, newest first, about pseudonyms alone."""

    as_of: str
    viewer: str
    totals: Totals
    events: tuple[AccessEvent, ...]
    alarms: tuple[Warned, ...]
