"""What another holder says about a request that needs approval: a withholding, or the override of a closed gate."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Index, Line, Predicate, Remark, Text, Time

TYPE = "https://kept.example/predicates/approval/v1"


class Approval(Predicate):
    """One holder approves or refuses the request at a ledger index, whose entry it names by its digest.

    `name` and `role` are public, as whoever approves gives them; a refusal says why in its `note`: it is a dissent.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "approval"
    advice: ClassVar[str] = "A refusal says why: --note TEXT"

    request: Index
    entry: Digest
    verdict: Literal["approved", "refused"]
    model: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    name: Line
    role: Line
    note: Remark = ""
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _with_its_reason(self) -> Self:
        if self.verdict == "refused" and not self.note:
            raise ValueError('a refusal says why in its "note"')
        return self

    def to_statement(self) -> Statement:
        """The statement whose subject is the entry of the request."""
        subject = Subject(f"entry {self.request}", {"sha256": self.entry.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
