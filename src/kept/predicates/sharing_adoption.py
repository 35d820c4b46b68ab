"""A working group voted on a text: by which rule, how it came out, and that this organisation stands by it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.disclosure_replay_plan import Millionths
from kept.predicates.predicate import Count, Digest, Line, Number, Text, Time
from kept.predicates.study import Checked

MILLION = 1_000_000
TYPE = "https://kept.example/predicates/sharing-adoption/v1"


class SharingAdoption(Checked):
    """The text `draft` was adopted by `yes` of `members`; `result` names the votes that counted.

    `quorum` of the members had to vote, and `threshold` of those who said yes or no had to say yes (millionths).
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "adoption of a text"

    draft: Digest
    result: Digest
    kind: Literal["pattern", "definition", "practice"]
    title: Line
    members: Annotated[int, Field(strict=True, ge=2, le=256)]
    yes: Number
    no: Count
    abstained: Count
    quorum: Millionths
    threshold: Millionths
    closed: Time
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _as_the_rule_says(self) -> Self:
        voted = self.yes + self.no + self.abstained
        if voted > self.members:
            raise ValueError("more voted than there are members")
        if voted * MILLION < self.quorum * self.members or self.yes * MILLION < self.threshold * (self.yes + self.no):
            raise ValueError("the votes don't reach the quorum or the threshold")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """How many said yes, no, or neither."""
        return {"yes": self.yes, "no": self.no, "abstained": self.abstained}

    def check(self) -> None:
        """It follows from its counts, or it could not be read."""

    def to_statement(self) -> Statement:
        """The statement whose subject is the text."""
        subject = Subject(self.title, {"sha256": self.draft.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
