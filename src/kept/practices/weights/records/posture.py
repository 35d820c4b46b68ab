"""Where an organisation stands, as of a time."""

from dataclasses import dataclass

from kept.core.commitments.ladder.records import Read


@dataclass(frozen=True, slots=True)
class Posture:
    """The readings at one time, the level that follows, and where that was recorded, if it was."""

    level: int
    as_of: str
    size: int
    found: tuple[Read, ...]
    recorded: int | None = None
