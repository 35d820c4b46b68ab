"""What became of a lease: who may read how much of which weights until when, without a name."""

from typing import ClassVar, Literal

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Predicate, Text, Time
from kept.predicates.weights_custody import SealedFile

TYPE = "https://kept.example/predicates/weights-lease/v1"


class WeightsLease(Predicate):
    """The state of a lease; `requester`, `purpose` and `host` are salted digests, whose salts stay in the store.

    `lease` is the salted digest of the request as it was signed. `break_glass`: it was taken without the people whom
    it needs, and is reviewed afterwards. `bytes` is the most that may be read.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "weights lease"

    lease: Digest
    weights: Digest
    file: SealedFile
    kind: Literal["read", "export"]
    state: Literal["requested", "granted", "denied", "revoked", "ended", "reviewed"]
    break_glass: bool
    attested: bool
    requester: Digest
    purpose: Digest
    host: Digest
    tensors: Literal["all", "some"]
    bytes: Count
    until: Time
    people_required: Count
    approvals: Count
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the weights, by the SHA-256 of their plaintext."""
        subject = Subject("weights", {"sha256": self.weights.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
