"""What changed from one published report to a later one of the same log: added, changed and removed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Digest, Index, Part, Predicate, Text, Time

TYPE = "https://kept.example/predicates/report-diff/v1"
LARGEST = 10_000

Kind = Literal["claim", "status", "part", "campaign", "release", "statement", "model", "rules"]
How = Literal["added", "changed", "removed"]
Shown = Annotated[str, Field(max_length=512)]


class State(Part):
    """A report: the time that it is of, the state of the log that it shows, and the digest of its report.json."""

    as_of: Time
    size: Index
    root: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    report: Digest


class Change(Part):
    """One difference; `name` says of what, `before` and `after` what it was and what it is, in words."""

    kind: Kind
    how: How
    name: Annotated[str, Field(min_length=1, max_length=512)]
    model: Annotated[str, Field(max_length=71)] = ""
    before: Shown = ""
    after: Shown = ""
    evidence: Annotated[tuple[Index, ...], Field(max_length=64)] = ()


class Release(Part):
    """The two models that were compared, where the claims of one stand against those of its successor."""

    old: Digest
    new: Digest


class ReportDiff(Predicate):
    """Every difference between two reports, none left out, as one who verified both computed it."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "report diff"
    advice: ClassVar[str] = "Compare reports that stand closer together."

    organisation: Text
    origin: Text
    old: State
    new: State
    release: Release | None = None
    changes: Annotated[tuple[Change, ...], Field(max_length=LARGEST)]
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subjects are the two reports, by the digests of their report.json."""
        reports = {"old/report.json": self.old.report, "new/report.json": self.new.report}
        subjects = tuple(Subject(name, {"sha256": digest.removeprefix("sha256:")}) for name, digest in reports.items())
        return Statement(subjects, TYPE, self.model_dump(mode="json", exclude_none=True))
