"""What became of the weaknesses that others reported: how many, how long it took, and what is overdue."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from kept.core import estimate
from kept.core.estimate.survival import Waited, median
from kept.core.statement import Statement, Subject
from kept.errors import Invalid, Unverified
from kept.predicates.campaign_result import Figure
from kept.predicates.predicate import Count, Part, Text, Time
from kept.predicates.study import Checked, Level, compare_figures

TYPE = "https://kept.example/predicates/disclosure-summary/v1"
MOST = 10_000

Days = Annotated[float, Field(ge=0, le=36_500)]


class Took(Part):
    """How many days one case took, or has taken so far where it has not `ended`; nothing says which case it was."""

    days: Days
    ended: bool


class MedianDays(Part):
    """`kept.core.estimate.survival.Median` as a document; null is a time that was not reached."""

    value: Days | None
    low: Days | None
    high: Days | None
    level: Level
    n: Count
    ended: Count
    method: Literal["kaplan-meier: brookmeyer-crowley, log-log"]


class DisclosureSummary(Checked):
    """What became of the reports that came in from `since` to `until`, and how all cases stand at `until`.

    `acknowledge` holds one time for each report received, `fix` one for each weakness that was seen again, both sorted.
    `decided` reports were seen again or not; `reproduced` were. `open` and `overdue` count cases of any age: overdue is
    one with a clock that ran out. What was `fixed` didn't come back since; `unpublished` of it have no advisory yet,
    which is absent where nobody counted that. The medians are those of Kaplan and Meier, the share is that of Clopper
    and Pearson.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure summary"

    since: Time
    until: Time
    received: Count
    merged: Count
    out_of_scope: Count
    decided: Count
    reproduced: Count
    fixed: Count
    published: Count
    unpublished: Count | None = None
    open: Count
    overdue: Count
    acknowledge: tuple[Took, ...] = Field(max_length=MOST)
    fix: tuple[Took, ...] = Field(max_length=MOST)
    level: Level
    time_to_acknowledge: MedianDays
    time_to_fix: MedianDays
    reproduction: Figure
    issued: Time
    by: Text

    @property
    def figures(self) -> Mapping[str, Any]:
        """The share that was reproduced; the medians are no estimates of a rate, and stand beside it."""
        return {"reproduction": self.reproduction.model_dump()}

    def check(self) -> None:
        """Compute the medians and the share again. Raises Unverified, or Invalid for more than all."""
        if self.overdue > self.open or self.reproduced > self.decided or len(self.acknowledge) != self.received:
            raise Invalid("The disclosure summary counts more than there were.", code="predicate.counts")
        if self.unpublished is not None and not self.fixed - self.published <= self.unpublished <= self.fixed:
            raise Invalid("The disclosure summary counts other fixes without an advisory.", code="predicate.counts")
        if self.since > self.until or len(self.fix) > self.received:
            raise Invalid("The disclosure summary ends before it began, or fixed too much.", code="predicate.counts")
        for name, took, said in (
            ("acknowledge", self.acknowledge, self.time_to_acknowledge),
            ("fix", self.fix, self.time_to_fix),
        ):
            _check_median(name, took, said, level=self.level)
        share = estimate.clopper_pearson(self.reproduced, self.decided, level=self.level)
        compare_figures(self.figures, {"reproduction": share}, self.called)

    def to_statement(self, *, digest: str) -> Statement:
        """The statement whose subject is the cases, by a salted SHA-256 (in hex) over the last event of each."""
        document = self.model_dump(mode="json")
        if self.unpublished is None:
            del document["unpublished"]
        return Statement((Subject("cases", {"sha256": digest}),), TYPE, document)


def _check_median(name: str, took: Sequence[Took], said: MedianDays, *, level: float) -> None:
    if any((one.days, one.ended) > (other.days, other.ended) for one, other in itertools.pairwise(took)):
        raise Invalid(f"The times to {name} are not sorted.", code="predicate.sorted")
    found = median([Waited(each.days, each.ended) for each in took], level=level).document()
    held = said.model_dump()
    if found != held:
        wrong = next(member for member in found if found[member] != held[member])
        raise Unverified(
            f"The disclosure summary states {wrong} {held[wrong]!r} of the time to {name}; its own times give "
            f"{found[wrong]!r}.",
            code="study.figure",
        )
