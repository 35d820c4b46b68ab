"""What the published extension of a note holds that says something in a working group."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kept.practices.sharing.records.groups import Choice, Kind
from kept.predicates.predicate import Digest, Line, Prose, Remark

What = Literal["draft", "comment", "vote", "assent"]
Moment = Annotated[str, Field(pattern=r"^[0-9T:.-]{23}Z$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProposedRules(_Part):
    """How a text is voted on: shares in millionths."""

    quorum: Annotated[int, Field(ge=1, le=1_000_000)]
    threshold: Annotated[int, Field(ge=500_001, le=1_000_000)]


class ProposedText(_Part):
    """The text that is proposed, with all that its digest binds."""

    id: Annotated[str, Field(pattern=r"^d-[0-9a-f]{16}$")]
    group: Line
    kind: Kind
    title: Annotated[Line, Field(max_length=200)]
    text: Prose
    members: Annotated[list[Line], Field(min_length=2, max_length=256)]
    rules: ProposedRules
    opened: Moment
    closes: Moment
    digest: Digest


class Said(_Part):
    """What the extension of a note holds; which members it has follows from `what`."""

    extension_type: Literal["property-extension"]
    what: What
    member: Line
    draft: Digest
    text: ProposedText | None = None
    choice: Choice | None = None
    cast: Moment | None = None
    note: Remark = ""
    result: Digest | None = None
