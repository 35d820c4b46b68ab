"""What pulling and pushing came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that a peer's server answered and that isn't taken, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came from one collection of a peer: `new` objects, and `again` that are here already.

    `why` is "" where it was pulled to its end, else what stopped it; the next pull goes on from there.
    """

    peer: str
    collection: str
    title: str
    new: int
    again: int
    refused: tuple[Refused, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of what was to be sent: `waiting` goes with the next push or follow."""

    peer: str
    sent: int
    refused: tuple[Refused, ...] = ()
    waiting: int = 0
    why: str = ""
