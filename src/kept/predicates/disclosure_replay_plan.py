"""How a reported weakness will be replayed, fixed and recorded before its first attempt."""

from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.estimate.calibration import Calibration
from kept.core.estimate.exact import MILLION, JudgeBounds, calibrated_judge, stated_judge
from kept.core.replay import Sworn
from kept.core.statement import Statement, Subject
from kept.predicates.campaign_plan import Name
from kept.predicates.predicate import Digest, Index, Number, Part, Predicate, Seed, Text, Time, Whole

TYPE = "https://kept.example/predicates/disclosure-replay-plan/v1"
MOST_LABELS = 2_000
MOST_TRIES = 16
MOST_CONVERSATIONS = 16
HIGHEST = 128
"""The highest number that a conversation of a report may have."""

Replay = Annotated[str, Field(pattern=r"^p-[0-9a-f]{16}$")]
Millionths = Annotated[int, Field(strict=True, ge=0, le=MILLION), Whole]
Attempts = Annotated[int, Field(strict=True, ge=1, le=100), Whole]
Threshold = Annotated[int, Field(strict=True, ge=50_000, le=950_000), Whole]
FalsePayment = Literal[10_000, 50_000, 100_000]
Try = Annotated[int, Field(strict=True, ge=1, le=MOST_TRIES), Whole]
Versions = Annotated[int, Field(strict=True, ge=1, le=64), Whole]
Conversation = Annotated[int, Field(strict=True, ge=1, le=HIGHEST), Whole]
Conversations = Annotated[int, Field(strict=True, ge=1, le=MOST_CONVERSATIONS), Whole]
Labels = Annotated[int, Field(strict=True, ge=0, le=MOST_LABELS), Whole]
SomeLabels = Annotated[int, Field(strict=True, ge=1, le=MOST_LABELS), Whole]


_COUNTS = ("true_positives", "positives", "true_negatives", "negatives")


class ReplayJudge(Part):
    """Who judges: name and version, the digest of the rules, and the identity of the model that is asked."""

    name: Name
    version: Number
    rubric: Digest | None = None
    model: Digest | None = None

    @classmethod
    def of(cls, judge: Sworn) -> Self:
        """The judge of a replay."""
        return cls(name=judge.name, version=judge.version, rubric=judge.rubric, model=judge.model)


class Counted(Part):
    """The judge against people's labels on this model's answers, as the calibration at ledger index `recorded` says."""

    recorded: Index
    true_positives: Labels
    positives: SomeLabels
    true_negatives: Labels
    negatives: SomeLabels

    @model_validator(mode="after")
    def _counts_that_can_be(self) -> Self:
        if self.true_positives > self.positives or self.true_negatives > self.negatives:
            raise ValueError("the judge is right more often than there are labels")
        return self


class Errors(Part):
    """What is known of a judge's errors on one model: a bound in millionths by how it is made, labels, or nothing."""

    false_positives: Millionths | None = None
    counted: Counted | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if self.false_positives is not None and self.counted is not None:
            raise ValueError("a judge's errors are stated or counted, not both")
        return self

    @classmethod
    def known_of(cls, judge: Sworn) -> Self:
        """What is known of a judge's errors; a calibration with too many labels to be bounded exactly says nothing."""
        if judge.false_positive_bound is not None:
            return cls(false_positives=-int(-judge.false_positive_bound * MILLION // 1))
        found = judge.calibration
        if found is None or judge.recorded is None or max(found.positives, found.negatives) > MOST_LABELS:
            return cls()
        counts = {name: getattr(found, name) for name in _COUNTS}
        return cls(counted=Counted(recorded=judge.recorded, **counts))

    def bounds(self, error: Fraction) -> JudgeBounds | None:
        """How often the judge errs at most, all but `left` of `error` spent on it; None where nothing is known."""
        if self.false_positives is not None:
            return stated_judge(self.false_positives, error=error)
        if self.counted is None:
            return None
        told = self.counted
        calibration = Calibration(told.true_positives, told.positives, told.true_negatives, told.negatives)
        return calibrated_judge(calibration, error=error)


class Version(Part):
    """One version of the model on which the weakness is replayed, and the judge's errors there."""

    model: Digest
    errors: Errors


class Said(Part):
    """One conversation of the report (or its template, after them): its number there, and what it says, salted."""

    number: Conversation
    script: Digest


class DisclosureReplayPlan(Predicate):
    """A reported weakness will be replayed `attempts` times on each version, and gates a payment as this says.

    `report`, `weakness` and `script` are salted digests: the report, what it shares its error budget with (the reports
    of one weakness, however they are worded), and all that will be said. `conversations` are those of the report that
    are replayed, each `attempts` times; a plan of before, which doesn't number them, has one. It is the `submission`-th
    try of that weakness: with L the `level`, the bound of each conversation on each version errs with a probability of
    at most L / (2^submission versions conversations), so that all tries of a weakness, in all conversations on all
    versions together, pay falsely with less than L. Shares are millionths.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure replay plan"
    advice: ClassVar[str] = "See docs/replay.md for what a programme may offer."

    replay: Replay
    purpose: Literal["report", "release"]
    report: Digest
    weakness: Digest
    script: Digest
    conversations: Annotated[tuple[Said, ...], Field(min_length=1, max_length=MOST_CONVERSATIONS)] | None = None
    versions: Annotated[tuple[Version, ...], Field(min_length=1, max_length=64)]
    judge: ReplayJudge
    attempts: Attempts
    threshold: Threshold
    level: FalsePayment
    submission: Try
    seed: Seed
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _each_version_once(self) -> Self:
        if len({version.model for version in self.versions}) < len(self.versions):
            raise ValueError("a version stands twice")
        if len({each.number for each in self.conversations or ()}) < len(self.conversations or ()):
            raise ValueError("a conversation stands twice")
        return self

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """The numbers of the conversations that are replayed; None for the one of a plan that doesn't number them."""
        return tuple(each.number for each in self.conversations) if self.conversations else (None,)

    def to_statement(self) -> Statement:
        """The statement whose subject is the replay, by what will be said."""
        subject = Subject(self.replay, {"sha256": self.script.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))


def spendable(*, level: int, submission: int, versions: int, conversations: int = 1) -> Fraction:
    """The probability with which one try of one conversation on one version may pay falsely.

    That is level / (10^6 2^submission versions conversations): a union bound over all of them.
    """
    return Fraction(level, MILLION * 2**submission * versions * conversations)
