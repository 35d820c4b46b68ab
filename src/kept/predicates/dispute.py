"""An outsider says that a claim or a statement is wrong. Nobody can take it out of the log again."""

from hashlib import sha256
from typing import ClassVar, Self

from pydantic import model_validator

from kept.core.canonical import encode
from kept.core.erasure import DISPUTE_TYPE as TYPE
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Index, Line, Predicate, Prose, Text, Time

__all__ = ["TYPE", "Dispute"]


class Dispute(Predicate):
    """A dispute about one claim (by its id) or one statement (by its ledger index) of the log with this origin.

    `author` is a name as the author gives it, or a pseudonym.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "dispute"
    advice: ClassVar[str] = "Name one claim or one statement, the log, and what is wrong."

    log: Line
    claim: Line | None = None
    statement: Index | None = None
    text: Prose
    author: Line
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if (self.claim is None) == (self.statement is None):
            raise ValueError("a dispute is about one claim or one statement")
        return self

    def to_statement(self) -> Statement:
        """The statement whose subject is what is disputed, by its name and the digest of the name and the log's."""
        target = f"claim {self.claim}" if self.claim is not None else f"entry {self.statement}"
        digest = sha256(encode([self.log, target])).hexdigest()
        return Statement((Subject(target, {"sha256": digest}),), TYPE, self.model_dump(mode="json", exclude_none=True))
