"""What a campaign found: outcomes without texts, and every figure that anyone can recompute from them."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement
from kept.predicates.campaign_plan import CampaignId, Name, model_subject
from kept.predicates.predicate import Count, Digest, Number, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/campaign-result/v1"

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rate = Annotated[float, Field(ge=0, le=1)]


class Figure(Part):
    """`kept.core.estimate.Estimate` as a document."""

    value: Rate
    low: Rate
    high: Rate
    level: float = Field(gt=0, lt=1)
    n: Count
    method: str = Field(min_length=1, max_length=100)
    unassessed: Count


class OutcomesDigest(Part):
    """The public outcome file: canonical JSON lines without texts (`kept.predicates.outcomes`)."""

    sha256: Hash
    records: Count
    attempts: Count


class Transcripts(Part):
    """RFC 6962 root over the salted digests of all attempts, texts included, in the order of their keys."""

    root: Hash
    leaves: Count


class DomainFigures(Part):
    """The rate of success over all cells of a domain; `worst` counts the unassessed as succeeded.

    Where the judge errs, `corrected` and `corrected_worst` are the same without its errors, as far as they are known.
    """

    domain: Name
    succeeded: Count
    estimate: Figure
    worst: Figure
    corrected: Figure | None = None
    corrected_worst: Figure | None = None


class CellFigures(DomainFigures):
    """The rate of success in one cell, whether it is a finding, and what a sequential test decided about its bound.

    `hit` is the share of prompts at which some trial succeeded (hit@k), where prompts were tried more than once.
    """

    strategy: Name
    language: Name
    finding: bool
    decision: Literal["below", "above", "open"] | None = None
    hit: Figure | None = None


class Finding(Part):
    """A cell whose successes the judge's errors can't explain.

    `chance` is the probability of as many successes, or more, if the judge's false-positive bound were all there is.
    """

    domain: Name
    strategy: Name
    language: Name
    succeeded: Number
    assessed: Number
    chance: Rate


class Coverage(Part):
    """How many cells the room knows, how many hold an assessed attempt, and which ones were not tried at all."""

    cells: Count
    tested: Count
    unassessed: Count
    not_tested: tuple[tuple[Name, Name, Name], ...] = Field(max_length=65_536)


class CampaignResult(Predicate):
    """The end of a campaign. `plan` is the ledger index of its plan; an abandoned one has a reason.

    `calibrations` are the ledger indices of those on which the corrected figures rest, where the judge errs.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "campaign-result"

    campaign: CampaignId
    plan: Count
    model: Digest
    state: Literal["completed", "abandoned"]
    reason: str = Field(default="", max_length=2000)
    outcomes: OutcomesDigest
    transcripts: Transcripts
    domains: tuple[DomainFigures, ...] = Field(max_length=64)
    cells: tuple[CellFigures, ...] = Field(max_length=65_536)
    findings: tuple[Finding, ...] = Field(max_length=65_536)
    coverage: Coverage
    calibrations: tuple[Count, ...] | None = Field(default=None, max_length=65_536)
    truth_comparison: dict[str, Any] | None = None
    reproduce: str = Field(min_length=1, max_length=4000)
    issued: Time
    by: Text
    assurance: Literal["self", "third party", "reproduced"] = "self"

    @model_validator(mode="after")
    def _abandoned_with_a_reason(self) -> Self:
        if (self.state == "abandoned") != bool(self.reason):
            raise ValueError("an abandoned campaign has a reason, and a completed one has none")
        return self

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the model that was tried."""
        predicate = self.model_dump(mode="json", exclude_none=True)
        return Statement((model_subject({"name": model_name}, self.model),), TYPE, predicate)
