"""A report of a weakness came in: that it did, and under which promises; nothing of what it says, or by whom."""

from typing import ClassVar, Literal

from kept.core.statement import Statement, Subject
from kept.predicates.disclosure_programme import Name
from kept.predicates.predicate import Digest, Number, Predicate, Text, Time

TYPE = "https://kept.example/predicates/disclosure-report/v1"


class DisclosureReport(Predicate):
    """A sealed report and what its reporter was promised.

    `report` is SHA-256(salt ‖ SHA-256(sealed report)); the salt of 32 bytes is the reporter's to show. `document`,
    `scope` and `safe_harbour` are those of the programme's version that was in force; `route` is how it came: by the
    form with proof of work, by the slow queue, or handed in by staff.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure report"

    report: Digest
    programme: Name
    version: Number
    document: Digest
    scope: Digest
    safe_harbour: Digest
    route: Literal["page", "slow", "staff"]
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the sealed report, by its salted digest."""
        return Statement(
            (Subject("report", {"sha256": self.report.removeprefix("sha256:")}),), TYPE, self.model_dump(mode="json")
        )
