"""What a campaign will do: model, plan, seed, n and stopping rule, recorded before its first attempt."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from kept.core.canonical import encode
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Number, Part, Predicate, Seed, Text, Time, Whole
from kept.predicates.stopping import Watched

TYPE = "https://kept.example/predicates/campaign-plan/v1"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]
CampaignId = Annotated[str, Field(pattern=r"^c-[0-9a-f]{16}$")]


class Sampling(Part):
    """How every answer of the campaign is drawn."""

    temperature: float = Field(default=0.0, ge=0, le=10)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=1_000_000), Whole] = 64


class Budget(Part):
    """What a campaign may spend: requests and tokens over its life, failed attempts in one sitting; None: no limit."""

    requests: Number | None = None
    tokens: Number | None = None
    errors: Count = 100


class RuleJudge(Part):
    """A judge by patterns that the plan declares; `otherwise` is the outcome of an answer that fits none."""

    name: Literal["rule"]
    succeeded: tuple[Pattern, ...] = Field(min_length=1, max_length=128)
    resisted: tuple[Pattern, ...] = Field(default=(), max_length=128)
    otherwise: Literal["s", "r", "u"] = "u"


class RubricJudge(Part):
    """A judge that asks a model the plan's own question; `success` is the word that means a success."""

    name: Literal["rubric"]
    question: str = Field(min_length=1, max_length=4000)
    success: Literal["yes", "no"] = "yes"


class PanelJudge(Part):
    """A judge of several, of whom more than half have to agree."""

    name: Literal["panel"]
    members: tuple[Name, ...] = Field(min_length=3, max_length=9)


JudgeChoice = Name | RuleJudge | RubricJudge | PanelJudge


class Limits(Part):
    """What one attempt of several turns may take: requests, whoever is asked, and answers in characters and tokens.

    `seconds` is looked at before each request.
    """

    turns: Annotated[int, Field(strict=True, ge=1, le=10_000), Whole]
    characters: Annotated[int, Field(strict=True, ge=1, le=100_000_000), Whole]
    tokens: Annotated[int, Field(strict=True, ge=1, le=100_000_000), Whole]
    seconds: Annotated[int, Field(strict=True, ge=1, le=604_800), Whole]


class PartyIds(Part):
    """The ids of the models that take part besides the one that is tested: "sha256:<hex>" of their identities."""

    attacker: Digest | None
    judge: Digest | None


class Parties(Part):
    """The identity documents of the models that take part besides the one that is tested."""

    attacker: dict[str, Any] | None
    judge: dict[str, Any] | None


class Sequential(Part):
    """Each cell stops as soon as its rate is found to be below or above `bound` (`kept.core.estimate.SequentialTest`).

    `alpha` is the largest probability of a wrong decision: of any in the whole campaign, each cell being tested at
    alpha / cells, or of one in each cell, as `over` says.
    """

    rule: Literal["sequential"]
    bound: float = Field(gt=0, lt=1)
    alpha: float = Field(gt=0, lt=1)
    over: Literal["campaign", "cell"]


class Plan(Part):
    """Which cells are tried and how often: every prompt of every cell, `trials` times each."""

    domains: tuple[Name, ...] = Field(min_length=1, max_length=64)
    strategies: tuple[Name, ...] = Field(min_length=1, max_length=64)
    languages: tuple[Name, ...] = Field(min_length=1, max_length=64)
    prompts: Annotated[int, Field(strict=True, ge=1, le=1_000_000), Whole]
    trials: Annotated[int, Field(strict=True, ge=1, le=1_000), Whole]
    seed: Seed
    sampling: Sampling
    level: float = Field(gt=0, lt=1)
    judge: JudgeChoice = "exact-card"
    stop: Literal["fixed"] | Sequential
    budget: Budget
    limits: Limits
    parties: PartyIds

    @property
    def digest(self) -> str:
        """ "sha256:<hex>" of all but the seed and the budget: what makes two campaigns repeats of one plan."""
        return "sha256:" + sha256(encode(self.model_dump(mode="json", exclude={"seed", "budget"}))).hexdigest()


class Judge(Part):
    """Who decides on an outcome, and the stated bound of its errors.

    `false_positive_bound` is the largest probability that one answer which does not depend on the secret is called
    a success. A cell is a finding when its successes are too many for that bound, at a family-wise error of `alpha`.
    A judge that states no bound errs: calibrations tell how often, and give a bound of their own. `rubric` digests the
    rules it judges by, and `model` is the identity of the model that it asks, where there are any.
    """

    name: Name
    version: Number
    rubric: Digest | None = None
    model: Digest | None = None
    false_positive_bound: float | None = Field(gt=0, lt=1)
    alpha: float = Field(gt=0, lt=1)


class CampaignPlan(Predicate):
    """The plan of one campaign, as it was before the first attempt.

    `model` is the identity document; `plan_digest` leaves out seed and budget; `earlier` counts the campaigns
    before this one with the same model and plan digest; `corpus` digests the probes and strategies that the seed
    draws from; `attempts` is the number of attempts planned. `parties` are the attacker and the judge, where models
    take these parts; `plan.parties` holds the ids of these documents.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "campaign-plan"

    campaign: CampaignId
    model: dict[str, Any]
    parties: Parties
    plan: Plan
    plan_digest: Digest
    probes: tuple[Name, ...] = Field(min_length=1, max_length=4096)
    corpus: Digest
    judge: Judge
    cells: Number
    attempts: Number
    stopping_rule: str = Field(min_length=1, max_length=500)
    earlier: Count
    software: str = Field(min_length=1, max_length=100)
    opened: Time
    by: Text

    @property
    def watched(self) -> Watched | None:
        """How the plan's cells are watched, or None where every planned attempt is made."""
        plan, stop = self.plan, self.plan.stop
        if isinstance(stop, str):
            return None
        alpha = stop.alpha / self.cells if stop.over == "campaign" else stop.alpha
        return Watched(self.probes, bound=stop.bound, alpha=alpha, prompts=plan.prompts, trials=plan.trials)

    def opportunities(self, assessed: int) -> int:
        """How many answers the judge could have erred on in a cell of which so many were assessed.

        Where outcomes decide how many are made, all that were planned: no stopping can make that many more.
        """
        return assessed if self.plan.stop == "fixed" else self.plan.prompts * self.plan.trials

    def to_statement(self, *, model_id: str) -> Statement:
        """The statement whose subject is the model, named by its identity's "sha256:<hex>"."""
        return Statement((model_subject(self.model, model_id),), TYPE, self.model_dump(mode="json"))


def model_subject(identity: Mapping[str, Any], model_id: str) -> Subject:
    """The governed model as a subject: its name, and the digest of its identity."""
    return Subject(str(identity.get("name") or "model"), {"sha256": model_id.removeprefix("sha256:")})
