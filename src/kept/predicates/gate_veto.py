"""Trust and safety closes the gate of a model, or lifts that again. No override and no policy goes before it."""

from typing import ClassVar, Literal

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Line, Predicate, Prose, Text, Time

TYPE = "https://kept.example/predicates/gate-veto/v1"
ROLE = "trust-and-safety"


class GateVeto(Predicate):
    """A veto against the release of a model, or its end; only a holder of the role may lift one."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "veto"

    event: Literal["vetoed", "lifted"]
    model: Digest
    reason: Prose
    name: Line
    role: Line
    issued: Time
    by: Text

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
