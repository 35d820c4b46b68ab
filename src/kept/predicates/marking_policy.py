"""How the organisation marks what its models make: what is in force from here on."""

import hashlib
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.canonical import encode
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Number, Part, Predicate, Remark, Text, Time

TYPE = "https://kept.example/predicates/marking-policy/v1"

Media = Literal["image", "audio", "video"]
KeyId = Annotated[str, Field(pattern=r"^mk-[0-9a-f]{8}$")]


class MarkedMedia(Part):
    """The algorithm that marks one kind of media."""

    media: Media
    algorithm: Text


class PolicyKey(Part):
    """A key by its public id: marks are made under "current" ones; those under a "revoked" one prove nothing."""

    id: KeyId
    state: Literal["current", "retired", "revoked"]
    changed: Time


class MarkingPolicy(Predicate):
    """What is in force: `gate` is the largest p-value at which a mark counts, `payload_bits` all that a mark carries.

    `rotate_after` is how many pieces are marked under one key at most. `user_data` says whether a mark or a manifest
    can hold anything about a user.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "marking policy"
    advice: ClassVar[str] = "Its words name no person."

    media: tuple[MarkedMedia, ...] = Field(min_length=1, max_length=16)
    keys: tuple[PolicyKey, ...] = Field(max_length=4096)
    payload_bits: Number
    gate: Annotated[float, Field(gt=0, lt=1)]
    manifest: Literal["signed by a trusted chain", "signed by a development chain", "none"]
    fingerprint: bool
    registry: bool
    rotate_after: Count
    user_data: bool
    words: Remark = ""
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the policy, by the digest of what it says."""
        said = self.model_dump(mode="json")
        digest = hashlib.sha256(encode({key: said[key] for key in said if key not in ("issued", "by")})).hexdigest()
        return Statement((Subject("marking policy", {"sha256": digest}),), TYPE, said)
