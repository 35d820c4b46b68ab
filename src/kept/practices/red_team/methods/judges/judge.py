"""What a judge is: it says what one answer comes to, at once or by asking a model."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from kept.core.canonical import encode
from kept.core.model import Answer, Message, Request
from kept.errors import Invalid
from kept.practices.red_team.records import Verdict

# What a judge asks of its model, and what it finds in the end. Where the model fails, a KeptError is thrown in.
Sitting = Generator[Request, Answer, Verdict]


class Case(NamedTuple):
    """What is judged: the turns that led to the answer, the answer, and the sealed card's text, where there is one."""

    exchange: tuple[Message, ...]
    answer: Answer
    token: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """A declared judge; either it decides at once, or it `sits`, asking a model.

    `rules` is all that its verdicts rest on besides its code, as plain JSON values: patterns, a rubric, members.
    `false_positive_bound` is the largest probability that it calls an answer a success that is none, where that
    follows from how it is made; of a judge without it, a calibration tells the errors.
    """

    name: str
    version: int
    about: str
    decide: Callable[[Case], Verdict] | None = None
    sit: Callable[[Case], Sitting] | None = None
    rules: Any = None
    false_positive_bound: float | None = None

    def __post_init__(self) -> None:
        if (self.decide is None) == (self.sit is None):
            raise Invalid(f"The judge {self.name!r} neither decides nor sits, or does both.", code="judge.malformed")

    @property
    def asks(self) -> bool:
        """Whether it needs a model that takes the part of the judge."""
        return self.sit is not None

    @property
    def rubric(self) -> str | None:
        """ "sha256:<hex>" of the rules in canonical JSON; None for a judge that is its code alone."""
        return None if self.rules is None else "sha256:" + sha256(encode(self.rules)).hexdigest()

    def sitting(self, case: Case) -> Sitting:
        """The verdict on a case; yields what is to be asked of the judge's model."""
        if self.sit is not None:
            return (yield from self.sit(case))
        assert self.decide is not None
        return self.decide(case)
