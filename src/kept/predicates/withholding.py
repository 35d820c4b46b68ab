"""Fields of a statement are kept from the public for a stated reason and time; it holds once another holder agrees."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Day, Digest, Index, Line, Predicate, Text, Time

TYPE = "https://kept.example/predicates/withholding/v1"

Reason = Literal["security", "privacy", "law", "third-party confidentiality", "hazard"]
REASONS: tuple[Reason, ...] = get_args(Reason)


class Withholding(Predicate):
    """A request to withhold fields of the statement at a ledger index, up to and including a day.

    `digests` stand for the fields called `names` in the signed statement (RFC 9901), each in the place of its name.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "withholding"
    advice: ClassVar[str] = "Name the fields, the class of the reason, and the day up to which they are withheld."

    statement: Index
    entry: Digest
    model: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    names: Annotated[tuple[Line, ...], Field(min_length=1, max_length=64)]
    digests: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")], ...], Field(max_length=64)]
    reason: Reason
    why: Line
    until: Day
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _one_digest_each(self) -> Self:
        if len(self.digests) != len(self.names):
            raise ValueError("each field has one digest")
        if len(set(self.names)) != len(self.names) or len(set(self.digests)) != len(self.digests):
            raise ValueError("a field or a digest is named twice")
        return self

    def to_statement(self) -> Statement:
        """The statement whose subject is the entry of the statement that is withheld in part."""
        subject = Subject(f"entry {self.statement}", {"sha256": self.entry.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
