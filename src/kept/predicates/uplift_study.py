"""Whether people do better with the model than without it: an uplift study, with people as units."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.estimate import WORST_CASE, Estimate
from kept.predicates.predicate import Count, Part, Whole
from kept.predicates.study import (
    Comparison,
    Level,
    Name,
    Score,
    Study,
    Words,
    compare_figures,
    compared_rates,
    difference_of_means,
    documents,
    mean,
    mean_of_differences,
)

TYPE = "https://kept.example/predicates/uplift-study/v1"

Scores = Annotated[tuple[Score, ...], Field(min_length=2, max_length=10_000)]


class ArmCounts(Part):
    """How many people of one arm finished, how many of them succeeded, and how many were lost on the way."""

    finished: Annotated[int, Field(ge=0, le=1_000_000), Whole]
    succeeded: Annotated[int, Field(ge=0, le=1_000_000), Whole]
    lost: Annotated[int, Field(ge=0, le=1_000_000), Whole]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.succeeded > self.finished:
            raise ValueError("more people succeeded than finished")
        return self

    @property
    def triple(self) -> tuple[int, int, int]:
        """(succeeded, assessed, lost), as the rules take them."""
        return self.succeeded, self.finished, self.lost


class ArmScores(Part):
    """A number for each person of one arm who finished, in an order that tells nothing of them."""

    scores: Scores
    lost: Annotated[int, Field(ge=0, le=1_000_000), Whole]


class CountedArms(Part):
    """Both arms, where a person succeeds or doesn't."""

    with_model: ArmCounts
    without_model: ArmCounts


class ScoredArms(Part):
    """Both arms, where a person has a score on a scale from `least` to `most`.

    In a study within people the two lists are of the same people, in the same order.
    """

    with_model: ArmScores
    without_model: ArmScores
    least: Score
    most: Score

    @model_validator(mode="after")
    def _on_the_scale(self) -> Self:
        if self.least >= self.most:
            raise ValueError("the scale has no extent")
        for score in (*self.with_model.scores, *self.without_model.scores):
            if not self.least <= score <= self.most:
                raise ValueError(f"the score {score} is off the scale")
        return self


class Design(Part):
    """How a study was done: a random draw and blinding are told, also where there was none.

    `preregistered` is the ledger index of a statement made before the study, where there is one, and `preregistration`
    says where else it was announced.
    """

    compared: Literal["between people", "within people"]
    randomised: bool
    randomisation: Words
    blinding: Literal["none", "participants", "assessors", "participants and assessors"]
    preregistered: Count | None = None
    preregistration: Annotated[str, Field(max_length=500)] = ""
    population: Words


class UpliftStudy(Study):
    """What people reach in a family of harmless tasks with the model, and without it; it tells counts or scores."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "uplift study"
    advice: ClassVar[str] = "Tell counts, or anonymous scores; describe the tasks so that nobody is taught harm."

    study: Name
    tasks: Words
    outcome: Words
    design: Design
    counts: CountedArms | None = None
    scores: ScoredArms | None = None
    level: Level
    compared: Comparison
    limits: Words

    @model_validator(mode="after")
    def _one_kind_of_arms(self) -> Self:
        if (self.counts is None) == (self.scores is None):
            raise ValueError("a study tells counts or scores, and not both")
        if self.design.compared == "within people":
            if self.scores is None:
                raise ValueError("a study within people tells a score of each, with and without (1 and 0 will do)")
            arms = self.scores
            if len(arms.with_model.scores) != len(arms.without_model.scores):
                raise ValueError("a study within people has as many scores with as without")
            if arms.with_model.lost != arms.without_model.lost:
                raise ValueError("a study within people loses a person with both scores")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """Both arms, the difference and its worst case."""
        return self.compared.model_dump()

    @property
    def sees(self) -> tuple[int, ...]:
        """The statement in which it was announced."""
        return () if self.design.preregistered is None else (self.design.preregistered,)

    def check(self) -> None:
        """Compute all four figures again. Raises Unverified."""
        computed = _computed(self.counts, self.scores, within=self.design.compared == "within people", level=self.level)
        compare_figures(self.figures, computed, self.called)


def figures_of(
    counts: CountedArms | None, scores: ScoredArms | None, *, within: bool, level: float
) -> dict[str, dict[str, Any]]:
    """What a study states for these arms."""
    return documents(_computed(counts, scores, within=within, level=level))


def _computed(
    counts: CountedArms | None, scores: ScoredArms | None, *, within: bool, level: float
) -> dict[str, Estimate]:
    if counts is not None:
        return compared_rates(counts.with_model.triple, counts.without_model.triple, level=level, harmful=True)
    if scores is None:
        return {}
    one, other, bounds = scores.with_model, scores.without_model, (scores.least, scores.most)
    compare = mean_of_differences if within else difference_of_means
    lost = one.lost if within else one.lost + other.lost
    # The lost may have gained as much as the scale allows.
    extreme = compare(
        (*one.scores, *[scores.most] * one.lost),
        (*other.scores, *[scores.least] * other.lost),
        bounds=bounds,
        lost=lost,
        level=level,
    )
    return {
        "with_model": mean(one.scores, bounds=bounds, lost=one.lost, level=level),
        "without_model": mean(other.scores, bounds=bounds, lost=other.lost, level=level),
        "difference": compare(one.scores, other.scores, bounds=bounds, lost=lost, level=level),
        "worst": Estimate(
            extreme.value, extreme.low, extreme.high, level, extreme.n, WORST_CASE + extreme.method, extreme.unassessed
        ),
    }
