"""A request to release a model although its gate is closed; it holds once two other holders approve."""

from typing import ClassVar

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Index, Line, Predicate, Prose, Text, Time

TYPE = "https://kept.example/predicates/gate-override/v1"


class GateOverride(Predicate):
    """Asks that the closed decision at a ledger index be overridden, for the reasons that it names and no others."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "override"

    model: Digest
    decision: Index
    entry: Digest
    reason: Prose
    name: Line
    role: Line
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the entry of the decision."""
        subject = Subject(f"entry {self.decision}", {"sha256": self.entry.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
