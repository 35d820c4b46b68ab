"""A weakness that others reported was fixed, in which model, and by what."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement
from kept.predicates.campaign_plan import model_subject
from kept.predicates.predicate import Digest, Index, Line, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/disclosure-fix/v1"

How = Literal["model", "safeguard", "system prompt", "configuration", "withdrawn"]


class DisclosureFix(Checked):
    """A version of a model no longer shows the weakness of a report.

    `report` is the digest that the statement on the receipt of the report shows. `how` says what was changed;
    "withdrawn" is a model that is served no more. `evidence` are the entries of replays that show it, none where
    nobody replayed: then it is the provider's word alone.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure fix"

    model: Digest
    report: Digest
    version: Line
    how: How
    severity: Literal["low", "medium", "high", "critical", "unknown"]
    days: Annotated[float, Field(ge=0, le=36_500)]
    evidence: tuple[Index, ...] = Field(max_length=64)
    issued: Time
    by: Text

    @property
    def sees(self) -> tuple[int, ...]:
        """The entries of the replays."""
        return self.evidence

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        return Statement((model_subject({"name": model_name}, self.model),), TYPE, self.model_dump(mode="json"))
