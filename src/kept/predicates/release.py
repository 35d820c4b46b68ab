"""The release register: which models were let out and taken back, so that "all major releases" can be counted."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Day, Digest, Index, Line, Predicate, Remark, Text, Time

TYPE = "https://kept.example/predicates/release/v1"


class Release(Predicate):
    """One event of the register: a model became available, or was withdrawn.

    `date` is the day on which it did; `replaces` the id of the model whose place it takes; `scope` the ledger indices
    of the scope decisions about it; `availability` says to whom it is open from that day on.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "release"
    advice: ClassVar[str] = "Name the version, the day and to whom it is available; a withdrawal gives its reason."

    event: Literal["released", "withdrawn"]
    model: Digest
    name: Line
    version: Line
    date: Day
    major: Annotated[bool, Field(strict=True)]
    replaces: Digest | None = None
    availability: Literal["open weights", "public", "limited", "internal", "none"]
    reason: Remark = ""
    scope: Annotated[tuple[Index, ...], Field(max_length=64)] = ()
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _told(self) -> Self:
        withdrawn = self.event == "withdrawn"
        if withdrawn != (self.availability == "none"):
            raise ValueError('"availability" is "none" for a withdrawal, and only there')
        if withdrawn != bool(self.reason):
            raise ValueError('a withdrawal has a "reason", and nothing else has one')
        if self.replaces == self.model:
            raise ValueError("a model can't replace itself")
        return self

    def to_statement(self) -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(self.name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
