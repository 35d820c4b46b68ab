"""A programme that invites outsiders to report weaknesses of a model, and what it promises them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement
from kept.predicates.campaign_plan import model_subject
from kept.predicates.predicate import Count, Day, Digest, Line, Number, Part, Predicate, Text, Time, Whole

TYPE = "https://kept.example/predicates/disclosure-programme/v1"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Rate = Annotated[float, Field(gt=0, lt=1)]
Days = Annotated[int, Field(strict=True, ge=1, le=3650), Whole]


class SeverityTerms(Part):
    """What a weakness is worth, in whole units of the currency, and the replays whose lower bound decides it."""

    severity: Literal["low", "medium", "high", "critical"]
    amount: Count
    replays: Annotated[int, Field(strict=True, ge=1, le=10_000), Whole]
    threshold: Rate


class ContestPrize(Part):
    """What a place is worth, in whole units of the currency."""

    place: Annotated[int, Field(strict=True, ge=1, le=1000), Whole]
    amount: Count


class ContestDates(Part):
    """A contest, from its first day to its last."""

    id: Name
    title: Line
    opens: Day
    closes: Day
    prizes: tuple[ContestPrize, ...] = Field(max_length=64)


class DisclosureProgramme(Predicate):
    """A version of a programme as it stands for one model; a later version supersedes it.

    `rewards` says whether anything is paid. `document` is the digest of all that was published, `scope`, `rules` and
    `safe_harbour` those of its parts, which every report received under this version repeats. Replays decide by an
    exact one-sided lower bound at `level`.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure programme"

    model: Digest
    programme: Name
    version: Number
    title: Line
    active: bool
    rewards: bool
    document: Digest
    scope: Digest
    rules: Digest
    safe_harbour: Digest
    languages: tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")], ...] = Field(
        min_length=1, max_length=64
    )
    currency: Currency
    terms: tuple[SeverityTerms, ...] = Field(min_length=1, max_length=4)
    level: Annotated[float, Field(ge=0.5, lt=1)]
    submissions: Annotated[int, Field(strict=True, ge=1, le=100), Whole]
    acknowledge_days: Days
    assess_days: Days
    fix_days: Days
    publish_days: Days
    contests: tuple[ContestDates, ...] = Field(max_length=64)
    issued: Time
    by: Text

    def to_statement(self, *, name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        return Statement((model_subject({"name": name}, self.model),), TYPE, self.model_dump(mode="json"))
