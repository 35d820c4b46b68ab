"""How much time is left, in the largest unit that says enough."""

from dataclasses import dataclass
from datetime import datetime

_HOUR, _DAY = 60, 24 * 60
_FROM_HOURS, _FROM_DAYS = 2 * _HOUR, 2 * _DAY


@dataclass(frozen=True, slots=True)
class Left:
    """`number` of minutes, hours or days that are left, or that something is late by; `word` names the text."""

    word: str
    number: int

    @property
    def is_late(self) -> bool:
        """Whether it is over."""
        return self.word.startswith("late")


def left(due: str, now: str) -> Left:
    """What is left at `now` until `due`, both times in UTC; never more than there is."""
    minutes = (datetime.fromisoformat(due) - datetime.fromisoformat(now)).total_seconds() / 60
    word, count = ("left", minutes) if minutes >= 0 else ("late", -minutes)
    if count < _FROM_HOURS:
        return Left(f"{word}_minutes", int(count))
    if count < _FROM_DAYS:
        return Left(f"{word}_hours", int(count // _HOUR))
    return Left(f"{word}_days", int(count // _DAY))
