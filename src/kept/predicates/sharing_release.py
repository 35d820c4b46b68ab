"""What was shared with others in a span of time: how many objects, of which kinds, with how many organisations."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Number, Part, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/sharing-release/v1"


class SharedKind(Part):
    """How many objects of one kind, by how far they may go."""

    kind: Literal["circumvention", "incident", "capability notice", "mitigation", "sighting", "other"]
    tlp: Literal["clear", "green", "amber", "amber+strict", "red"]
    count: Number


class Withheld(Part):
    """How many replays of a partner's patterns that partner wasn't told of, and why.

    "decided" is what people decided not to tell, "policy" what kept.toml forbids to tell, "abandoned" a replay that
    wasn't finished, "refused" a pattern that can't be replayed, and "undecided" what nobody has decided on yet.
    """

    reason: Literal["decided", "policy", "abandoned", "refused", "undecided"]
    count: Number


class Unanswered(Part):
    """How many notices of one urgency nobody has answered yet, `late` of them past their time."""

    urgency: Literal["immediate", "prompt", "routine"]
    count: Number
    late: Count


class SharingRelease(Checked):
    """What went out from `since` to `until`: objects that organisations fetched, or that were sent to them.

    `batch` digests the ids and versions of the objects, salted. `recipients` counts the organisations that got at least
    one; `received` the objects that came from partners in the same span. `withheld` is of replays of patterns that came
    in the span, `unanswered` of notices that did, as they stood at `issued`; either is absent where nobody counted
    that. Nobody is named.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "sharing release"

    batch: Digest
    since: Time
    until: Time
    items: Count
    recipients: Count
    shared: Annotated[tuple[SharedKind, ...], Field(max_length=30)]
    received: Count
    withheld: Annotated[tuple[Withheld, ...], Field(max_length=5)] | None = None
    unanswered: Annotated[tuple[Unanswered, ...], Field(max_length=3)] | None = None
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _as_many_as_of_each_kind(self) -> Self:
        if sum(each.count for each in self.shared) != self.items:
            raise ValueError("the kinds don't add up to the items")
        if any(each.late > each.count for each in self.unanswered or ()):
            raise ValueError("more notices are late than wait")
        if self.until < self.since:
            raise ValueError("it ends before it begins")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """How many objects went out, and to how many organisations."""
        return {"items": self.items, "recipients": self.recipients}

    def check(self) -> None:
        """Its counts add up, or it could not be read."""

    def to_statement(self) -> Statement:
        """The statement whose subject is the batch."""
        subject = Subject("batch", {"sha256": self.batch.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
