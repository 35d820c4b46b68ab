"""A tool that tells whether content was made by the organisation's models, and that it was seen to work."""

import hashlib
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Line, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/provenance-tool/v1"


class Probe(Part):
    """What the tool answered about content whose origin is known."""

    content: Literal["marked", "unmarked"]
    media: Literal["image", "audio", "video"]
    right: Count
    asked: Annotated[int, Field(ge=1, le=1_000_000)]


class ProvenanceTool(Predicate):
    """Where it is, whether everybody may use it, and what it answered when it was last tried."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "provenance tool"
    advice: ClassVar[str] = "Give the address that the public uses: https://…"

    url: Annotated[str, Field(pattern=r"^https?://[^\s]{1,2000}$")]
    what: Line
    public: bool
    probes: tuple[Probe, ...] = Field(max_length=64)
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the tool, by the digest of its address."""
        subject = Subject(self.url[:256], {"sha256": hashlib.sha256(self.url.encode()).hexdigest()})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
