"""The report of one model: which written parts it is made of, and hence what it states."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Index, Part, Predicate, Remark, Text, Time
from kept.predicates.written_part import Section

TYPE = "https://kept.example/predicates/release-report/v1"

STATES: Mapping[str, Section] = {
    "capabilities": "capabilities",
    "limits": "limitations",
    "appropriate_use": "appropriate-use",
    "inappropriate_use": "inappropriate-use",
    "societal_risk": "societal-risk",
}
"""What a promise asks a report to state, and the section that states it."""

Flag = Annotated[bool, Field(strict=True)]


class Bound(Part):
    """A written part that the report is made of, by its section and the ledger index of its statement."""

    section: Section
    index: Index


class ReleaseReport(Predicate):
    """Binds the written parts of a model as they stand; the booleans say which of the promised contents are there."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "release report"

    model: Digest
    parts: Annotated[tuple[Bound, ...], Field(max_length=64)]
    capabilities: Flag
    limits: Flag
    appropriate_use: Flag
    inappropriate_use: Flag
    societal_risk: Flag
    withdrawn: Flag
    reason: Remark = ""
    issued: Time
    by: Text

    @classmethod
    def binding(cls, parts: Mapping[Section, int], **values: str) -> Self:
        """The report that binds one part (by ledger index) for each section; with a `reason`, none: it is withdrawn."""
        stated = {name: section in parts for name, section in STATES.items()}
        bound = [{"section": section, "index": index} for section, index in parts.items()]
        return cls.of(parts=bound, withdrawn="reason" in values, **stated, **values)

    @model_validator(mode="after")
    def _of_its_parts(self) -> Self:
        sections = [part.section for part in self.parts]
        if len(set(sections)) != len(sections):
            raise ValueError("a section is bound twice")
        for name, section in STATES.items():
            if getattr(self, name) != (section in sections):
                raise ValueError(f'"{name}" doesn\'t fit the parts that are bound')
        if self.withdrawn != bool(self.reason):
            raise ValueError('a report that is withdrawn has a "reason", and no other has one')
        if self.withdrawn and self.parts:
            raise ValueError("a report that is withdrawn binds nothing")
        return self

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
