"""What an external red-teamer found in one domain: in words without hazardous content, with counts and conditions."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.predicates.campaign_result import Figure, Transcripts
from kept.predicates.predicate import Count, Number
from kept.predicates.study import Level, Name, Study, Words, compare_figures, documents, rate, worst_rate

TYPE = "https://kept.example/predicates/external-finding/v1"


class ExternalFinding(Study):
    """What came of the attempts of one tester in one domain; `severity` is as the tester gives it.

    `invitation` and `transcripts` commit to the sessions of the provider's workspace, one leaf each; None where the
    tester had access of another kind. `worst` counts the unassessed as succeeded.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "external finding"
    advice: ClassVar[str] = "Write what was found without hazardous detail, and without naming people."

    invitation: Annotated[str, Field(pattern=r"^i-[0-9a-f]{16}$")] | None = None
    tester: Annotated[str, Field(min_length=1, max_length=256)]
    severity: Literal["none", "low", "medium", "high", "critical"]
    summary: Words
    strategies: tuple[Name, ...] = Field(default=(), max_length=64)
    attempts: Number
    succeeded: Count
    unassessed: Count
    level: Level
    estimate: Figure
    worst: Figure
    transcripts: Transcripts | None = None

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.succeeded + self.unassessed > self.attempts:
            raise ValueError("more attempts succeeded or stayed unassessed than were made")
        if self.transcripts is not None and self.transcripts.leaves != self.attempts:
            raise ValueError("the transcripts are of another number of attempts")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """The rate of success, and its worst case."""
        return {"estimate": self.estimate.model_dump(), "worst": self.worst.model_dump()}

    def check(self) -> None:
        """Compute both figures again. Raises Unverified."""
        compare_figures(
            self.figures, _computed(self.attempts, self.succeeded, self.unassessed, self.level), self.called
        )


def figures_of(attempts: int, succeeded: int, *, unassessed: int, level: float) -> dict[str, dict[str, Any]]:
    """What a finding states for these counts."""
    return documents(_computed(attempts, succeeded, unassessed, level))


def _computed(attempts: int, succeeded: int, unassessed: int, level: float) -> dict[str, Any]:
    assessed = attempts - unassessed
    return {
        "estimate": rate(succeeded, assessed, unassessed=unassessed, level=level),
        "worst": worst_rate(succeeded, assessed, unassessed=unassessed, level=level),
    }
