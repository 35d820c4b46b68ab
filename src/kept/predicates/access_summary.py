"""How much was read of the weights in a span of time: counts, and the root of the log of reads."""

from typing import ClassVar

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Count, Digest, Predicate, Text, Time

TYPE = "https://kept.example/predicates/access-summary/v1"


class AccessSummary(Predicate):
    """The rows `start` to before `stop` of the log of reads, and what they come to; it names nobody and no file.

    `root` is the RFC 6962 root over these rows, each a leaf by its salted digest. `bytes` were released; `reserved`
    is what counts as spent, which a crash leaves higher. `refused` counts what was asked for and not released.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "access summary"

    since: Time
    until: Time
    start: Count
    stop: Count
    root: Digest
    reads: Count
    refused: Count
    bytes: Count
    reserved: Count
    people: Count
    leases: Count
    files: Count
    exports: Count
    decoys: Count
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the rows, by their root."""
        subject = Subject("reads", {"sha256": self.root.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
