"""The noun of every figure: a number with its uncertainty, and what may stand in it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from kept.errors import Invalid

LEVEL = 0.95
NONE_ASSESSED = "none assessed"
LARGEST = 2**53  # beyond it a JSON reader in a browser no longer counts exactly


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval at confidence `level`, from `n` assessed trials, and how many stayed unassessed.

    With nothing assessed the value is 0, the interval [0, 1] and the method "none assessed". In a worst case the
    unassessed trials count as succeeded: they are part of `n`, and `unassessed` still says how many they were.
    Raises Invalid for a number that is not finite, a value outside its interval, or a negative count.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    method: str
    unassessed: int

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise Invalid(f"The {name} of an estimate is {number!r}, not a finite number.", code="estimate.number")
        if not self.low <= self.value <= self.high:
            raise Invalid(
                f"The value {self.value} lies outside its interval [{self.low}, {self.high}].", code="estimate.interval"
            )
        check_level(self.level)
        check_count(self.n, "n")
        check_count(self.unassessed, "unassessed")
        if not isinstance(self.method, str) or not self.method:
            raise Invalid("An estimate names the method of its interval.", code="estimate.method")

    def document(self) -> dict[str, Any]:
        """The estimate as plain JSON values."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "n": self.n,
            "method": self.method,
            "unassessed": self.unassessed,
        }

    @classmethod
    def parse(cls, document: object) -> "Estimate":
        """The estimate that `document()` wrote; raises Invalid for any other value."""
        names = {field.name for field in fields(cls)}
        if not isinstance(document, Mapping) or set(document) != names:
            raise Invalid(f"An estimate has exactly the fields {', '.join(sorted(names))}.", code="estimate.malformed")
        return cls(**document)


def none_assessed(level: float, unassessed: int) -> Estimate:
    """The estimate of nothing: it could be anything."""
    return Estimate(0.0, 0.0, 1.0, level, 0, NONE_ASSESSED, unassessed)


def check_count(count: object, name: str) -> None:
    """Raises Invalid for what is not a whole number from 0 to 2^53."""
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= LARGEST:
        raise Invalid(f"{name} is {count!r}, not a whole number from 0 to 2^53.", code="estimate.count")


def check_level(level: object) -> None:
    """Raises Invalid for what is not a float strictly between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, float) or not 0 < level < 1:
        raise Invalid(f"The confidence level {level!r} is not between 0 and 1.", code="estimate.level")
