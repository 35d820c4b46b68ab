"""What replaying a shared pattern on one of our models came to: how often it worked, and the bounds of that."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.estimate.exact import MILLION, judged_lower_bound, lower_bound, upper_bound
from kept.core.statement import Statement, Subject
from kept.errors import Unverified
from kept.predicates.disclosure_replay import CONFINEMENTS, Confinement, Outcomes, check_attempts
from kept.predicates.disclosure_replay_plan import Attempts, Errors, Millionths, ReplayJudge
from kept.predicates.predicate import Digest, Index, Text, Time
from kept.predicates.sharing_replay_plan import Replay, SharingReplayPlan
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/sharing-sighting/v1"

PLANNED = ("replay", "pattern", "model", "judge", "errors", "attempts")


class SharingSighting(Checked):
    """A shared pattern, replayed on a model as its plan at index `plan` says.

    `outcomes` holds one letter for each planned attempt: "s" it worked, "r" it didn't, "u" unassessed or never made;
    `counted` are those that are independent. `low` and `high` are Clopper and Pearson's two-sided limits, in
    millionths, of the share that the judge calls a success, where whatever is unassessed may be either. `bound` is the
    exact lower bound of the rate at which it truly works, with the judge's errors carried along. Each of the three
    errs with a probability of at most `error` millionths. `confinement` names what the system took from the process
    that made the attempts; a statement of before says nothing of it.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "sighting of a shared pattern"

    replay: Replay
    plan: Index
    state: Literal["completed", "abandoned"]
    pattern: Digest
    model: Digest
    judge: ReplayJudge
    errors: Errors
    attempts: Attempts
    error: Literal[50_000] = 50_000
    deterministic: Annotated[bool, Field(strict=True)]
    outcomes: Outcomes
    counted: Outcomes
    low: Millionths
    high: Millionths
    bound: Millionths
    confinement: Annotated[tuple[Confinement, ...], Field(max_length=len(CONFINEMENTS))] | None = None
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _attempts_that_were_planned(self) -> Self:
        check_attempts(self.outcomes, self.counted, planned=self.attempts, deterministic=self.deterministic)
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """The limits and the bound, in millionths."""
        return {"low": self.low, "high": self.high, "bound": self.bound}

    @property
    def sees(self) -> tuple[int, ...]:
        """The plan, and the calibration of the judge."""
        counted = self.errors.counted
        return (self.plan,) if counted is None else (self.plan, counted.recorded)

    def check(self) -> None:
        """Compute the limits and the bound again. Raises Unverified for others."""
        computed = limits_of(self.counted, self.errors, error=self.error)
        if computed != (self.low, self.high, self.bound):
            raise Unverified(
                f"The {self.called} says {self.low}, {self.high} and {self.bound}; its outcomes give {computed}.",
                code="predicate.figure",
            )

    def check_planned(self, plan: SharingReplayPlan) -> None:
        """Raises Unverified unless the plan says what was done here."""
        if any(getattr(plan, name) != getattr(self, name) for name in PLANNED):
            raise Unverified(f"The {self.called} {self.replay} is not what its plan says.", code="replay.unplanned")

    def to_statement(self, *, model_name: str) -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))


def limits_of(counted: str, errors: Errors, *, error: int) -> tuple[int, int, int]:
    """The two-sided limits of the share that is called a success, and the lower bound of the true rate (millionths).

    The bound is 0 where nothing is known of the judge's errors.
    """
    n, worked, open_ = len(counted), counted.count("s"), counted.count("u")
    half, whole = Fraction(error, 2 * MILLION), Fraction(error, MILLION)
    judge = errors.bounds(whole)
    bound = 0 if judge is None else judged_lower_bound(worked, n, judge)
    return lower_bound(worked, n, error=half), upper_bound(worked + open_, n, error=half), bound
