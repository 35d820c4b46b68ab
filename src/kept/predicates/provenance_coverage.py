"""How much of what a model makes is recognised again, after each piece went through an attack."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from kept.core import estimate
from kept.core.statement import Statement
from kept.predicates.campaign_plan import model_subject
from kept.predicates.campaign_result import Figure, Rate
from kept.predicates.predicate import Count, Digest, Number, Text, Time
from kept.predicates.study import Checked, Level, Name, compare_figures

TYPE = "https://kept.example/predicates/provenance-coverage/v1"

Evaluation = Annotated[str, Field(pattern=r"^e-[0-9a-f]{16}$")]


class ProvenanceCoverage(Checked):
    """So many pieces that the model made were marked, attacked once each, and found again.

    `found` counts those whose mark led to their own entry in the registry; one that was not read counts as not found.
    `n` and `low` are those of `estimate`, beside it for the rule of C5. `user_data` says whether a mark or manifest
    can hold anything about a user.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "provenance coverage"

    evaluation: Evaluation
    model: Digest
    media: Literal["image", "audio", "video"]
    algorithm: Text
    attacks: tuple[Name, ...] = Field(min_length=1, max_length=256)
    level: Level
    n: Number
    found: Count
    low: Rate
    estimate: Figure
    user_data: bool
    issued: Time
    by: Text

    @property
    def figures(self) -> Mapping[str, Any]:
        """The share found again."""
        return {"estimate": self.estimate.model_dump()}

    def check(self) -> None:
        """Compute the share and its interval again from the counts. Raises Unverified."""
        computed = share(self.found, self.n, level=self.level)
        compare_figures(self.figures, {"estimate": computed}, self.called)
        stated = {"low": {**computed.document(), "low": self.low}}
        compare_figures(stated, {"low": computed}, self.called)

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the model."""
        return Statement((model_subject({"name": model_name}, self.model),), TYPE, self.model_dump(mode="json"))


def share(found: int, n: int, *, level: float) -> estimate.Estimate:
    """The share of independent pieces that were found, with its exact interval. Raises Invalid for more than all."""
    return estimate.clopper_pearson(found, n, level=level)
