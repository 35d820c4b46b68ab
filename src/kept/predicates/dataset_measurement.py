"""How a model answers a data set of others: announced before the first question, and counted without any text."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement
from kept.predicates.campaign_plan import Name, Sampling, model_subject
from kept.predicates.campaign_result import Hash
from kept.predicates.imported_evaluation import EvaluatedPart
from kept.predicates.predicate import Digest, Index, Number, Part, Text, Time, Whole
from kept.predicates.study import Checked, Level, Words, check_parts, part_figures

TYPE = "https://kept.example/predicates/dataset-measurement/v1"


class MeasuredSet(Part):
    """A data set as its owner brought it: where it comes from, its file by SHA-256, and how many items were asked."""

    name: Name
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    sha256: Hash
    licence: Text
    items: Annotated[int, Field(ge=1, le=1_000_000), Whole]


class JudgedBy(Part):
    """The judge, its version, and the digest of its rules."""

    name: Name
    version: Number
    rules: Digest


class DatasetMeasurement(Checked):
    """One measurement, recorded twice: "planned" before the first question, "finished" with what came of each item.

    A part is the items of one category, under the judge's name; every item is asked once.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "dataset measurement"

    measurement: Annotated[str, Field(pattern=r"^m-[0-9a-f]{16}$")]
    model: Digest
    dataset: MeasuredSet
    judge: JudgedBy
    success: Words
    sampling: Sampling
    level: Level
    state: Literal["planned", "finished"]
    plan: Index | None = None
    parts: tuple[EvaluatedPart, ...] = Field(default=(), max_length=4096)
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _planned_or_finished(self) -> Self:
        if (self.state == "finished") != bool(self.parts) or (self.state == "finished") != (self.plan is not None):
            raise ValueError("a finished measurement has its plan and parts, and a planned one neither")
        check_parts([(part.probe, part.category) for part in self.parts])
        tallies = [one for part in self.parts for one in part.tallies]
        if any(one.succeeded + one.resisted + one.unassessed != 1 for one in tallies):
            raise ValueError("every item is asked once")
        if tallies and sum(one.prompts for one in tallies) != self.dataset.items:
            raise ValueError("every item is told")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """Both figures of every part."""
        return part_figures(self.parts)

    @property
    def sees(self) -> tuple[int, ...]:
        """The plan of a finished measurement."""
        return () if self.plan is None else (self.plan,)

    @property
    def announced(self) -> dict[str, Any]:
        """What the plan says, and the result may not change."""
        return self.model_dump(mode="json", exclude={"state", "plan", "parts", "issued", "by"})

    def check(self) -> None:
        """Compute every figure again. Raises Unverified."""
        for part in self.parts:
            part.check(self.level, self.called)

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        predicate = self.model_dump(mode="json", exclude_none=True)
        return Statement((model_subject({"name": model_name}, self.model),), TYPE, predicate)
