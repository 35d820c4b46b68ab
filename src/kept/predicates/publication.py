"""The publication of files: a report, or the verifier that checks reports."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kept.core.statement import Statement, Subject
from kept.errors import Invalid

TYPE = "https://kept.example/predicates/publication/v1"

Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]


class Log(BaseModel):
    """The state of the log that the files show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(min_length=1, max_length=256)
    size: int = Field(ge=0)
    root: str = Field(pattern=r"^[0-9a-f]{64}$")


class Publication(BaseModel):
    """Who published which files (the subjects), made by what, about which state of the log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["report", "verifier"]
    organisation: str = Field(min_length=1, max_length=256)
    generator: str = Field(min_length=1, max_length=64)
    issued: Time
    log: Log | None = None

    def to_statement(self, digests: Mapping[str, str]) -> Statement:
        """The statement about files named by `digests` (name: SHA-256 in hex), in the order of their names."""
        subjects = tuple(Subject(name=name, digest={"sha256": digests[name]}) for name in sorted(digests))
        return Statement(subjects, TYPE, self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def parse(cls, statement: Statement) -> "Publication":
        """The publication that a statement tells of. Raises Invalid."""
        if statement.predicate_type != TYPE:
            raise Invalid(f"{statement.predicate_type} is not a publication.", code="predicate.type")
        try:
            return cls.model_validate(dict(statement.predicate))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Invalid(f"Publication: {place}: {first['msg']}.", code="predicate.malformed") from error
