"""Whether the model helps to find and to fix weaknesses: a study of defensive use, with weaknesses as units."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from kept.core.estimate import Estimate
from kept.predicates.predicate import Part, Whole
from kept.predicates.study import Comparison, Level, Name, Study, Words, compare_figures, compared_rates, documents
from kept.predicates.uplift_study import Design

TYPE = "https://kept.example/predicates/defensive-study/v1"

Tally = Annotated[int, Field(ge=0, le=1_000_000), Whole]


class Defence(Part):
    """Of the weaknesses that were there, how many were found, how many of those fixed, how many can't be judged."""

    weaknesses: Tally
    found: Tally
    fixed: Tally
    unassessed: Tally
    false_alarms: Tally

    @model_validator(mode="after")
    def _within(self) -> Self:
        if not self.fixed <= self.found <= self.weaknesses - self.unassessed:
            raise ValueError("no more were fixed than found, nor found than there were and could be judged")
        return self


class DefensiveStudy(Study):
    """What defenders find and fix in a family of tasks with the model, and without it.

    The intervals take the weaknesses of both arms for independent. Where both arms worked on the same ones, that is
    cautious, as long as what is hard in one arm is hard in the other.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "defensive study"
    advice: ClassVar[str] = "Count weaknesses; describe the tasks so that none that is still open is given away."

    study: Name
    tasks: Words
    design: Design
    with_model: Defence
    without_model: Defence
    level: Level
    found: Comparison
    fixed: Comparison
    limits: Words

    @property
    def figures(self) -> Mapping[str, Any]:
        """What was found and what was fixed, each in both arms, with the difference and its worst case."""
        return {"found": self.found.model_dump(), "fixed": self.fixed.model_dump()}

    @property
    def sees(self) -> tuple[int, ...]:
        """The statement in which it was announced."""
        return () if self.design.preregistered is None else (self.design.preregistered,)

    def check(self) -> None:
        """Compute all eight figures again. Raises Unverified."""
        for name, computed in _computed(self.with_model, self.without_model, self.level).items():
            compare_figures(self.figures[name], computed, f"{self.called} (of what was {name})")


def figures_of(with_model: Defence, without_model: Defence, *, level: float) -> dict[str, dict[str, Any]]:
    """What a study states for these counts."""
    return {name: documents(found) for name, found in _computed(with_model, without_model, level).items()}


def _computed(one: Defence, other: Defence, level: float) -> dict[str, dict[str, Estimate]]:
    def compared(name: str) -> dict[str, Estimate]:
        triples = [(getattr(arm, name), arm.weaknesses - arm.unassessed, arm.unassessed) for arm in (one, other)]
        return compared_rates(triples[0], triples[1], level=level, harmful=False)

    return {"found": compared("found"), "fixed": compared("fixed")}
