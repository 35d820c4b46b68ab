"""What the room records."""

from dataclasses import dataclass

TYPE = "https://greeting.example/predicates/greeting/v1"


@dataclass(frozen=True, slots=True)
class Settings:
    """`[practices.greeting]` of kept.toml."""

    word: str = "Hello"


@dataclass(frozen=True, slots=True)
class Greeting:
    """A greeting that was recorded at an index of the ledger."""

    text: str
    index: int
