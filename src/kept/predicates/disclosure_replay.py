"""What replaying a reported weakness came to on one version of the model: how often it came back, and the gate."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from kept.core.estimate.exact import judged_lower_bound
from kept.core.statement import Statement, Subject
from kept.errors import Unverified
from kept.predicates.disclosure_replay_plan import (
    Attempts,
    Conversation,
    Conversations,
    DisclosureReplayPlan,
    Errors,
    FalsePayment,
    Millionths,
    Replay,
    ReplayJudge,
    Threshold,
    Try,
    Versions,
    spendable,
)
from kept.predicates.predicate import Digest, Index, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/disclosure-replay/v1"

Confinement = Literal["limits", "privileges", "inspection", "files", "calls", "network", "python"]
CONFINEMENTS: tuple[Confinement, ...] = get_args(Confinement)
Outcomes = Annotated[str, Field(pattern=r"^[sru]{1,100}$")]


class DisclosureReplay(Checked):
    """One conversation of a report, replayed on one version of the model as its plan at index `plan` says.

    `conversation` is its number in the report, and `conversations` how many the plan names; a statement of before has
    neither, and is of the only one.

    `outcomes` holds one letter for each planned attempt: "s" succeeded, "r" resisted, "u" unassessed or never made.
    `counted` are those that are independent: all of them, or, where the model is `deterministic`, the first of each
    that said the same. `bound` is the exact lower bound, in millionths, of the rate at which the weakness truly comes
    back: whatever is unassessed counts as resisted, and the judge's errors are carried along. `reproduced` is
    whether it reaches the threshold; a reward may rest on nothing less. `confinement` names what the system took from
    the process that made the attempts; a statement of before says nothing of it.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure replay"

    replay: Replay
    plan: Index
    purpose: Literal["report", "release"]
    state: Literal["completed", "abandoned"]
    model: Digest
    versions: Versions
    conversation: Conversation | None = None
    conversations: Conversations | None = None
    judge: ReplayJudge
    errors: Errors
    attempts: Attempts
    threshold: Threshold
    level: FalsePayment
    submission: Try
    deterministic: Annotated[bool, Field(strict=True)]
    outcomes: Outcomes
    counted: Outcomes
    bound: Millionths
    reproduced: Annotated[bool, Field(strict=True)]
    confinement: Annotated[tuple[Confinement, ...], Field(max_length=len(CONFINEMENTS))] | None = None
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _attempts_that_were_planned(self) -> Self:
        if (self.conversation is None) != (self.conversations is None):
            raise ValueError("a conversation has a number of how many, or neither")
        check_attempts(self.outcomes, self.counted, planned=self.attempts, deterministic=self.deterministic)
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """The lower bound of the rate, in millionths, and the gate."""
        return {"bound": self.bound, "reproduced": self.reproduced}

    @property
    def sees(self) -> tuple[int, ...]:
        """The plan, and the calibration of the judge."""
        counted = self.errors.counted
        return (self.plan,) if counted is None else (self.plan, counted.recorded)

    def check(self) -> None:
        """Compute the bound and the gate again. Raises Unverified for another."""
        bound = bound_of(
            self.counted,
            self.errors,
            level=self.level,
            submission=self.submission,
            versions=self.versions,
            conversations=self.conversations or 1,
        )
        if (bound, bound >= self.threshold) != (self.bound, self.reproduced):
            raise Unverified(
                f"The {self.called} says {self.bound} and {self.reproduced}; its outcomes give {bound} millionths.",
                code="predicate.figure",
            )

    def check_planned(self, plan: DisclosureReplayPlan) -> None:
        """Raises Unverified unless the plan says what was done here."""
        planned = {version.model: version.errors for version in plan.versions}
        same = (
            planned.get(self.model) == self.errors
            and len(plan.versions) == self.versions
            and self.conversation in plan.numbers
            and len(plan.numbers) == (self.conversations or 1)
            and all(getattr(plan, name) == getattr(self, name) for name in PLANNED)
        )
        if not same:
            raise Unverified(f"The {self.called} {self.replay} is not what its plan says.", code="replay.unplanned")

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the version of the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))


PLANNED = ("replay", "purpose", "judge", "attempts", "threshold", "level", "submission")


def bound_of(
    counted: str, errors: Errors, *, level: int, submission: int, versions: int, conversations: int = 1
) -> int:
    """The exact lower bound in millionths that outcomes come to; 0 where nothing is known of the judge's errors."""
    error = spendable(level=level, submission=submission, versions=versions, conversations=conversations)
    judge = errors.bounds(error)
    return 0 if judge is None else judged_lower_bound(counted.count("s"), len(counted), judge)


def check_attempts(outcomes: str, counted: str, *, planned: int, deterministic: bool) -> None:
    """Raises ValueError unless each planned attempt has an outcome, and what is counted was among them."""
    if len(outcomes) != planned:
        raise ValueError("there is not one outcome for each planned attempt")
    rest = iter(outcomes)
    if not all(letter in rest for letter in counted):
        raise ValueError("what is counted was not among the outcomes")
    if not deterministic and counted != outcomes:
        raise ValueError("a model that draws its answers has all its attempts counted")
