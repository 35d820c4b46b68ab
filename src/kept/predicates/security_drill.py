"""A rehearsed attack on the weights, and whether it was refused or noticed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.errors import Unverified
from kept.predicates.predicate import Digest, Text, Time
from kept.predicates.study import Checked, Name

TYPE = "https://kept.example/predicates/security-drill/v1"

DrillId = Annotated[str, Field(pattern=r"^d-[0-9a-f]{16}$")]


class SecurityDrill(Checked):
    """One rehearsal; `seconds` is the time from the attack to the refusal or the alarm, none where it went through.

    A drill passes only where the attack was answered; "abandoned" is one that could not be carried out.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "security drill"

    drill: DrillId
    scenario: Name
    state: Literal["passed", "failed", "abandoned"]
    answer: Literal["refused", "noticed", "none"]
    code: Annotated[str, Field(pattern=r"^([a-z][a-z0-9.-]{0,63})?$")]
    seconds: Annotated[float, Field(ge=0, le=1e7)] | None = None
    weights: Digest
    software: Text
    issued: Time
    by: Text

    def check(self) -> None:
        """Raises Unverified where a drill passed without an answer in some time, or was answered and did not pass."""
        answered = self.answer != "none" and self.seconds is not None
        if answered != (self.state == "passed"):
            raise Unverified(f"A security drill {self.state}, and its answer is {self.answer}.", code="predicate.drill")

    def to_statement(self) -> Statement:
        """The statement whose subject is the weights that were attacked, by the SHA-256 of their plaintext."""
        subject = Subject(self.drill, {"sha256": self.weights.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
