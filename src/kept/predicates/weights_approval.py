"""One custodian's word on a request for weights, without a name."""

from typing import ClassVar, Literal

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Predicate, Text, Time

TYPE = "https://kept.example/predicates/weights-approval/v1"


class WeightsApproval(Predicate):
    """A custodian approved or refused a lease, or took an approval back.

    `custodian` is a salted digest of who it was; `signed` is the SHA-256 of the envelope that they signed themselves,
    which stays in the store and binds the request.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "weights approval"

    lease: Digest
    custodian: Digest
    verdict: Literal["approved", "refused", "withdrawn"]
    signed: Digest
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the lease, by its salted digest."""
        subject = Subject("lease", {"sha256": self.lease.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
