"""An urgent matter that a partner told of was acknowledged: how long that took, and whether it was in time."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/sharing-acknowledgement/v1"


class SharingAcknowledgement(Checked):
    """The notice `notice` (a salted digest of the object) came at `received` and was acknowledged by `due`, or later.

    `calls` counts the people who were called before somebody answered; none is named, nor is the sender.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "acknowledgement of a notice"

    notice: Digest
    channel: Literal["incident", "incident response", "information"]
    urgency: Literal["immediate", "prompt", "routine"]
    received: Time
    due: Time
    acknowledged: Time
    in_time: Annotated[bool, Field(strict=True)]
    calls: Count
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _as_the_times_say(self) -> Self:
        if self.acknowledged < self.received or self.due < self.received:
            raise ValueError("it was acknowledged or due before it came")
        if self.in_time != (self.acknowledged <= self.due):
            raise ValueError("whether it was in time doesn't follow from its times")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """Whether it was in time, and how many people were called."""
        return {"in_time": self.in_time, "calls": self.calls}

    def check(self) -> None:
        """It follows from its times, or it could not be read."""

    def to_statement(self) -> Statement:
        """The statement whose subject is the notice."""
        subject = Subject("notice", {"sha256": self.notice.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
