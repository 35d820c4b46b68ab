"""The publication of files: a report, or the verifier that checks reports."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/publication/v1"


class Log(Part):
    """The state of the log that the files show."""

    origin: Text
    size: Count
    root: str = Field(pattern=r"^[0-9a-f]{64}$")


class Publication(Predicate):
    """Who published which files (the subjects), made by what, about which state of the log."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "publication"

    kind: Literal["report", "verifier"]
    organisation: Text
    generator: str = Field(min_length=1, max_length=64)
    issued: Time
    log: Log | None = None

    def to_statement(self, digests: Mapping[str, str]) -> Statement:
        """The statement about files named by `digests` (name: SHA-256 in hex), in the order of their names."""
        subjects = tuple(Subject(name=name, digest={"sha256": digests[name]}) for name in sorted(digests))
        return Statement(subjects, TYPE, self.model_dump(mode="json", exclude_none=True))
