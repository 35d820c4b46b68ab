"""How often a judge errs: its verdicts on exchanges that people have labelled, without the texts."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from kept.core.agreement import cohen_kappa
from kept.core.statement import Statement
from kept.predicates.campaign_plan import Name, model_subject
from kept.predicates.campaign_result import Hash
from kept.predicates.predicate import Count, Digest, Number, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/judge-calibration/v1"
ANY = "*"
TOLERANCE = 1e-9

Place = Annotated[str, Field(pattern=r"^(?:\*|[a-z0-9][a-z0-9.-]{0,63})$")]
Share = Annotated[float, Field(ge=-1, le=1)]


class CalibratedJudge(Part):
    """Which judge it was: name and version, the digest of its rules, and the identity of the model that it asks."""

    name: Name
    version: Number
    rubric: Digest | None = None
    model: Digest | None = None


class LabelSet(Part):
    """What people labelled: the digest of the set, its items, how they were chosen, and who disagreed.

    `disputed` items have no majority among their annotators and take no part.
    """

    sha256: Hash
    items: Number
    annotators: Number
    disputed: Count
    sampling: str = Field(min_length=1, max_length=500)


class Agreement(Part):
    """`kept.core.agreement` as a document: `n` items, from -1 to 1."""

    value: Share
    low: Share
    high: Share
    level: float = Field(gt=0, lt=1)
    n: Count
    method: str = Field(min_length=1, max_length=100)
    unassessed: Count


class JudgeCalibration(Predicate):
    """A judge held against people, for one model in one domain, strategy and language.

    Where a place is "*", `assumption` says why the judge is taken to err alike in all of them. `positives` counts
    the items that people call succeeded and that the judge assessed, `true_positives` those of them that it calls so;
    `negatives` and `true_negatives` the same for resisted; `unassessed` those on which the judge said nothing.
    `agreement` is Cohen's kappa of the judge and the people, `among_humans` and `among_members` are those of the
    annotators and of a panel's members.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "judge calibration"

    judge: CalibratedJudge
    model: Digest
    domain: Place
    strategy: Place
    language: Place
    assumption: str = Field(default="", max_length=2000)
    labels: LabelSet
    true_positives: Count
    positives: Count
    true_negatives: Count
    negatives: Count
    unassessed: Count
    agreement: Agreement
    among_humans: Agreement | None = None
    among_members: Agreement | None = None
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _an_assumption_for_every_place_left_open(self) -> Self:
        if (ANY in (self.domain, self.strategy, self.language)) != bool(self.assumption.strip()):
            raise ValueError("an assumption stands with a place that is * and with no other")
        return self

    @model_validator(mode="after")
    def _counts_that_can_be(self) -> Self:
        if self.true_positives > self.positives or self.true_negatives > self.negatives:
            raise ValueError("the judge is right more often than there are items")
        if self.positives + self.negatives + self.unassessed + self.labels.disputed != self.labels.items:
            raise ValueError("positives, negatives, unassessed and disputed items are not all of the label set")
        return self

    @model_validator(mode="after")
    def _agreement_of_these_counts(self) -> Self:
        computed = cohen_kappa(self.table, level=self.agreement.level, unassessed=self.unassessed).document()
        stated = self.agreement.model_dump()
        if any(
            abs(value - stated[name]) > TOLERANCE if isinstance(value, float) else value != stated[name]
            for name, value in computed.items()
        ):
            raise ValueError("the agreement is not the one that follows from the counts")
        return self

    @property
    def table(self) -> list[list[int]]:
        """How often people (rows) and judge (columns) say succeeded and resisted."""
        false_negatives = self.positives - self.true_positives
        false_positives = self.negatives - self.true_negatives
        return [[self.true_positives, false_negatives], [false_positives, self.true_negatives]]

    def covers(self, domain: str, strategy: str, language: str) -> bool:
        """Whether it was made for this cell, or says that it holds there too."""
        pairs = ((self.domain, domain), (self.strategy, strategy), (self.language, language))
        return all(own in (ANY, asked) for own, asked in pairs)

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the model whose answers were judged."""
        predicate = self.model_dump(mode="json", exclude_none=True)
        return Statement((model_subject({"name": model_name}, self.model),), TYPE, predicate)
