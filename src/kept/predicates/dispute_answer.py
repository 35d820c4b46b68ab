"""What the provider answers to a dispute. It stands beside the dispute, and never in its place."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Index, Predicate, Prose, Text, Time

TYPE = "https://kept.example/predicates/dispute-answer/v1"

Position = Literal["accepts", "rejects", "looks into it"]


class DisputeAnswer(Predicate):
    """The provider's position on the dispute at a ledger index, and its reasons."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "answer"

    dispute: Index
    entry: Digest
    model: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    position: Position
    text: Prose
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the entry of the dispute."""
        subject = Subject(f"entry {self.dispute}", {"sha256": self.entry.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
