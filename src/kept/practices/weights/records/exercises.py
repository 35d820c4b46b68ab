"""What came of an exercise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exercise:
    """So many simulated thieves were noticed, so many honest people accused by the tier with the bound."""

    id: str
    attempts: int
    noticed: int
    innocent: int
    accused: int
    bound: float
    recorded: int
