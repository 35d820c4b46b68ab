"""How well marks are found under each attack, and how often unmarked content is taken for marked."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.campaign_result import Figure
from kept.predicates.predicate import Count, Number, Part, Text, Time
from kept.predicates.provenance_coverage import Evaluation, share
from kept.predicates.study import Checked, Level, Name, compare_figures

TYPE = "https://kept.example/predicates/detector-evaluation/v1"


class Share(Part):
    """Of `n` pieces, `found` were found to be marked."""

    n: Number
    found: Count
    estimate: Figure

    def check(self, level: float, what: str) -> None:
        """Compute the share again. Raises Unverified."""
        stated = {"estimate": self.estimate.model_dump()}
        compare_figures(stated, {"estimate": share(self.found, self.n, level=level)}, what)


class UnderAttack(Share):
    """Pieces that went through one attack; found means with their exact payload."""

    attack: Name


class DetectorEvaluation(Checked):
    """Marked pieces, attacked and looked for again, and unmarked ones looked at as well.

    `sample` says what the pieces were: "stand-ins" that were drawn for it, or files that were "given". `gate` is the
    largest p-value at which a mark counts.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "detector evaluation"

    evaluation: Evaluation
    media: Literal["image", "audio", "video"]
    algorithm: Text
    sample: Literal["stand-ins", "given"]
    software: Text
    gate: Annotated[float, Field(gt=0, lt=1)]
    keys: Number
    level: Level
    attacks: tuple[UnderAttack, ...] = Field(min_length=1, max_length=256)
    overall: Share
    unmarked: Share
    issued: Time
    by: Text

    @property
    def figures(self) -> Mapping[str, Any]:
        """The share under each attack, over all, and of the unmarked."""
        parts = {one.attack: one.estimate.model_dump() for one in self.attacks}
        return {**parts, "overall": self.overall.estimate.model_dump(), "unmarked": self.unmarked.estimate.model_dump()}

    def check(self) -> None:
        """Compute every share again. Raises Unverified."""
        for one in (*self.attacks, self.overall, self.unmarked):
            one.check(self.level, self.called)

    def to_statement(self, *, digest: str) -> Statement:
        """The statement whose subject is the evaluation, by the SHA-256 (in hex) of the pieces' digests."""
        return Statement((Subject(self.evaluation, {"sha256": digest}),), TYPE, self.model_dump(mode="json"))


def share_document(found: int, n: int, *, level: float) -> dict[str, Any]:
    """What a share states for these counts."""
    return {"n": n, "found": found, "estimate": share(found, n, level=level).document()}
