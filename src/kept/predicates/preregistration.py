"""What an evaluation will ask and how it will be analysed, recorded before its runs."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.campaign_plan import CampaignId, Name
from kept.predicates.predicate import Digest, Part, Predicate, Seed, Text, Time, Whole

TYPE = "https://kept.example/predicates/preregistration/v1"

Share = Annotated[float, Field(gt=0, lt=1)]
Prompts = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000), Whole]
Hypothesis = Annotated[str, Field(min_length=1, max_length=1000)]


class Analysis(Part):
    """How two campaigns are compared (`kept.predicates.differences`).

    `level` is the confidence of every interval, `false_discovery` the expected share of regressions named that are
    none, and `margin` the difference up to which a domain counts as equivalent, by tests at `alpha`; None: not asked.
    """

    method: Literal["paired-newcombe"]
    version: Annotated[int, Field(strict=True, ge=1, le=1), Whole]
    level: Annotated[float, Field(ge=0.5, lt=1)]
    false_discovery: Share
    margin: Share | None = None
    alpha: Annotated[float, Field(gt=0, lt=0.5)]


class Detectable(Part):
    """The least difference in a domain that the runs find with the stated power, from so many prompts."""

    domain: Name
    prompts: Prompts
    difference: Annotated[float, Field(ge=0, le=100)]


class Power(Part):
    """What the runs could show: assumed are the share of `discordant` pairs, and how `alike` a prompt's trials are."""

    discordant: Share
    alike: Annotated[float, Field(ge=0, le=1)]
    power: Annotated[float, Field(ge=0.5, lt=1)]
    detectable: tuple[Detectable, ...] = Field(min_length=1, max_length=64)


class Preregistration(Predicate):
    """An evaluation before its runs: two campaigns of one plan and seed, on two models.

    `baseline` is the campaign of the first model where it was run already; then only the second one is to come.
    `endpoints` are the domains that the hypotheses are about. The subject is the plan, by its digest.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "preregistration"

    preregistration: Annotated[str, Field(pattern=r"^r-[0-9a-f]{16}$")]
    title: Text
    hypotheses: tuple[Hypothesis, ...] = Field(min_length=1, max_length=32)
    endpoints: tuple[Name, ...] = Field(min_length=1, max_length=64)
    plan_digest: Digest
    corpus: Digest
    seed: Seed
    prompts: Prompts
    trials: Annotated[int, Field(strict=True, ge=1, le=1_000), Whole]
    baseline: CampaignId | None = None
    analysis: Analysis
    power: Power
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the plan."""
        subject = Subject(self.title, {"sha256": self.plan_digest.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
