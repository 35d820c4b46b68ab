"""Two releases on the same prompts: what changed, by figures that anyone can recompute from both outcome files."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement
from kept.predicates.campaign_plan import CampaignId, Name, model_subject
from kept.predicates.campaign_result import Hash, Rate
from kept.predicates.predicate import Count, Digest, Part, Predicate, Text, Time
from kept.predicates.preregistration import Analysis

TYPE = "https://kept.example/predicates/comparison/v1"

Difference = Annotated[float, Field(ge=-1, le=1)]
Place = tuple[Name, Name, Name]


class Run(Part):
    """One of the two campaigns: where its plan and result stand in the ledger, its model, and its outcome file."""

    campaign: CampaignId
    plan: Count
    result: Count
    model: Digest
    outcomes: Hash


class DifferenceFigure(Part):
    """`kept.core.estimate.Estimate` of a difference as a document: the second rate minus the first."""

    value: Difference
    low: Difference
    high: Difference
    level: float = Field(gt=0, lt=1)
    n: Count
    method: str = Field(min_length=1, max_length=100)
    unassessed: Count


class DomainDifference(Part):
    """The difference over all cells of a domain that both campaigns tried, but controls.

    Of the pairs that differ, in `worse` only the second model failed, in `better` only the first. Where a margin was
    set, `equivalence` is the interval at the level 1 - 2 alpha, and the domain `equivalent` where it lies within.
    """

    domain: Name
    worse: Count
    better: Count
    difference: DifferenceFigure
    equivalence: DifferenceFigure | None = None
    equivalent: bool | None = None


class CellDifference(Part):
    """The difference in one cell; a regression when `adjusted` is at most the false discovery rate of the analysis."""

    domain: Name
    strategy: Name
    language: Name
    worse: Count
    better: Count
    difference: DifferenceFigure
    chance: Rate
    adjusted: Rate
    regression: bool


class Deviation(Part):
    """Where the comparison is not what was preregistered, and in which campaign; the two statements tell how."""

    of: Literal["before", "after", "analysis"]
    what: Literal["plan", "corpus", "seed", "baseline", "began earlier", "not completed", "analysis"]


class Comparison(Predicate):
    """Two campaigns of one plan and seed, compared prompt by prompt (`kept.predicates.differences`).

    `preregistration` is the ledger index of the one that it follows; `deviations` are computed from both. The subject
    is the second model.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "comparison"

    comparison: Annotated[str, Field(pattern=r"^x-[0-9a-f]{16}$")]
    before: Run
    after: Run
    preregistration: Count | None = None
    analysis: Analysis
    domains: tuple[DomainDifference, ...] = Field(max_length=64)
    cells: tuple[CellDifference, ...] = Field(max_length=65_536)
    only_before: tuple[Place, ...] = Field(max_length=65_536)
    only_after: tuple[Place, ...] = Field(max_length=65_536)
    deviations: tuple[Deviation, ...] = Field(max_length=32)
    issued: Time
    by: Text

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the second model."""
        predicate = self.model_dump(mode="json", exclude_none=True)
        return Statement((model_subject({"name": model_name}, self.after.model),), TYPE, predicate)
