"""What was marked in a batch, or in a span of time: counts by model and key, and what could not be marked."""

from typing import Annotated, ClassVar

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.marking_policy import KeyId, Media
from kept.predicates.predicate import Count, Digest, Number, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/marking-summary/v1"

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,63}$")]


class Marked(Part):
    """So many pieces of one kind, made by one model, were marked under one key."""

    model: Digest
    media: Media
    key: KeyId
    count: Number


class Failed(Part):
    """So many could not be marked, by the code of the error; none of them was handed out as marked."""

    code: Code
    count: Number


class MarkingSummary(Predicate):
    """One batch, or all that was registered in a span of time; it names no file and nobody who asked."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "marking summary"

    batch: Annotated[str, Field(pattern=r"^b-[0-9a-f]{16}$")]
    since: Time
    until: Time
    pieces: Count
    marked: tuple[Marked, ...] = Field(max_length=65_536)
    failures: tuple[Failed, ...] = Field(max_length=256)
    issued: Time
    by: Text

    def to_statement(self, *, digest: str) -> Statement:
        """The statement whose subject is the batch, by the SHA-256 (in hex) of the digests of what was marked."""
        return Statement((Subject(self.batch, {"sha256": digest}),), TYPE, self.model_dump(mode="json"))
