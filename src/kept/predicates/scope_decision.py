"""Whether a promise binds a model: a decision that compares it with the frontier of mid-2023, figure by figure.

The voluntary commitments of July 2023 bind models that are more powerful overall than the frontier of their day.
Training compute alone does not show that, so it may stand beside the comparison and never in its place.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from kept.core.commitments import catalog, fields
from kept.core.commitments.facts import SCOPE as TYPE
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Part, Predicate, Text

__all__ = ["TYPE", "Comparison", "Compute", "ScopeDecision"]

Long = Annotated[str, Field(min_length=1, max_length=4096)]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Figure = Annotated[float, Field(allow_inf_nan=False)]


class Comparison(Part):
    """One benchmark on which the model stands beside a model of the mid-2023 frontier; figures in the same unit."""

    name: Text
    frontier_model: Text
    ours: Figure
    theirs: Figure
    higher_is_better: bool = True
    unit: Annotated[str, Field(max_length=64)] = ""
    source: Long
    date: Date

    @property
    def ahead(self) -> bool:
        """Whether the model does better than the frontier did."""
        return self.ours > self.theirs if self.higher_is_better else self.ours < self.theirs

    @field_validator("date")
    @classmethod
    def _a_day(cls, value: str) -> str:
        if fields.date(value) is None:
            raise ValueError(f"{value} is no day")
        return value


class Compute(Part):
    """Training compute in floating-point operations, and where the figure comes from."""

    operations: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    source: Long


class ScopeDecision(Predicate):
    """A decision that promises bind a model ("in") or don't ("out"); the last one recorded counts."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "scope decision"
    advice: ClassVar[str] = "A decision names at least one comparison, with figures of both models and their source."

    model: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    commitments: Annotated[tuple[Text, ...], Field(min_length=1, max_length=64)]
    decision: Literal["in", "out"]
    comparisons: Annotated[tuple[Comparison, ...], Field(min_length=1, max_length=256)]
    training_compute: Compute | None = None
    rationale: Long
    issued: str
    by: Text

    @field_validator("commitments")
    @classmethod
    def _promises_with_a_scope(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        scoped = [each.id for each in catalog.load() if each.frontier]
        strangers = [id for id in value if id not in scoped]
        if strangers:
            raise ValueError(f"{', '.join(strangers)} cannot be out of scope; {', '.join(scoped)} can")
        if len(set(value)) != len(value):
            raise ValueError("a commitment is named twice")
        return value

    @field_validator("issued")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if fields.time(value) is None:
            raise ValueError("is not a time like 2026-11-22T07:30:00Z")
        return value

    @model_validator(mode="after")
    def _borne_out(self) -> Self:
        if self.decision == "out" and all(comparison.ahead for comparison in self.comparisons):
            raise ValueError("the model is ahead of the frontier in every comparison, so it is not out of scope")
        return self

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
