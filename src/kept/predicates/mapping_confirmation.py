"""A named person confirms that statements answer what is asked: a mapping counts only once somebody has."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.commitments import catalog
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Index, Line, Predicate, Remark, Text, Time

TYPE = "https://kept.example/predicates/mapping-confirmation/v1"

FMTI, COMMITMENTS = "fmti-2025-12", "commitments"


class MappingConfirmation(Predicate):
    """Whether the statements at some ledger indices answer an item, about a model or (empty) the whole organisation.

    `item` is an indicator such as "FMTI-048", a promise ("C6") or one of its requirements ("C6.contents"). With the
    extent "not", an earlier confirmation is taken back.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "mapping confirmation"

    framework: Literal["fmti-2025-12", "commitments"]
    item: Line
    model: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    extent: Literal["fully", "in part", "not"]
    statements: Annotated[tuple[Index, ...], Field(max_length=256)]
    name: Line
    role: Line
    note: Remark = ""
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _by_statements(self) -> Self:
        if (self.extent == "not") == bool(self.statements):
            raise ValueError('"statements" answer an item that is answered, and no other')
        if len(set(self.statements)) != len(self.statements):
            raise ValueError("a statement is named twice")
        return self

    def to_statement(self) -> Statement:
        """The statement whose subject is the item, named with the digest of the catalog of promises."""
        digest = str(catalog.document()["digest"]).removeprefix("sha256:")
        subject = Subject(f"{self.framework} {self.item}", {"sha256": digest})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
