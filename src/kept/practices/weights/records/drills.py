"""The nouns of a drill: what was answered, and what came of it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["passed", "failed", "abandoned"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attack was answered: the code of the refusal, or the rule that alarmed, after so many seconds."""

    answer: Literal["refused", "noticed", "none"]
    code: str = ""
    seconds: float | None = None


UNANSWERED = Answer("none")
STAGING = ("drill.", "broker.absent")
"""How the codes of errors begin that come before an attack: nothing was rehearsed."""
NAMES = (
    "lease-past-its-time",
    "lease-taken-back",
    "own-approval",
    "third-copy",
    "lone-resharing",
    "bit-changed",
    "more-than-leased",
    "decoy-opened",
    "copy-leaked",
)
"""What can be rehearsed."""


@dataclass(frozen=True, slots=True)
class Drill:
    """A rehearsed attack and where it was recorded; `why` says what kept it from being carried out."""

    id: str
    scenario: str
    state: State
    answer: Answer
    why: str = ""
    recorded: int | None = None
