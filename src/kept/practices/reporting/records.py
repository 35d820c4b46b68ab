"""What the room speaks of: the material of a report, the verdict on one, and the answer of the gate."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kept.core.statement import Statement, Subject
from kept.errors import NotFound, Unavailable, Unverified
from kept.predicates.report_diff import Change
from kept.predicates.weights_custody import TYPE as CUSTODY

REPORT_VERSION = 1
REPORT = "report.json"
MANIFEST = "manifest.json"
CHECKPOINT = "checkpoint"
CATALOG = "catalog.json"
PAGE = "index.html"
VERIFIER = "verify.html"
VERIFIER_SIGNATURE = "verify.html.dsse.json"
OUTCOMES = "outcomes"
DOCUMENT = "report.pdf"
ASSESSMENT = "assessment-results.json"
CARDS = "model-card-"
COPY = re.compile(r"report\.pdf|assessment-results\.json|model-card-[0-9a-z]{1,16}\.md")
"""Names of signed copies: the manifest binds their bytes, and no verifier makes them again."""

AUTHENTICATED = "authenticated"
CONSISTENT = "consistent, not authenticated"
FAILED = "failed"
UNCHECKED = "not checked"

StepName = Literal["manifest", "checkpoint", "witnesses", "log", "statements", "completeness", "recomputation", "page"]
STEPS: tuple[StepName, ...] = (
    "manifest",
    "checkpoint",
    "witnesses",
    "log",
    "statements",
    "completeness",
    "recomputation",
    "page",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """`[practices.reporting]` of kept.toml.

    The gate asks for `required` commitments to be kept, and refuses a model when the upper bound of any of its
    claims, with every unassessed attempt counted as succeeded, exceeds `tolerance` (a rate; none is set by default).
    `policy` says more: `kept.predicates.gate_decision.Policy` as a table. `published` names the folder of the report
    that the portal shows, seen from the workspace's own folder.
    """

    required: tuple[str, ...] = ("C1",)
    tolerance: float | None = None
    policy: Mapping[str, Any] = field(default_factory=dict)
    published: str = ""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a folder by name, and what else stands there that has no place in a report."""

    contents: Mapping[str, bytes]
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """One entry of the log with its body; an erased one has no salt and no envelope."""

    index: int
    entry: bytes
    salt: bytes = b""
    envelope: bytes = b""
    disclosures: tuple[str, ...] = ()
    erased_by: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log says in clear about a statement."""

    index: int
    predicate: str
    model: str
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """One statement as the rules read it, and who stands behind it.

    `fields` is None where its body was erased, and where it is `void`: no signature of it counts at its index.
    `digests` stand for the fields that can be withheld; `hidden` are those of them that are. `entry` is the digest in
    the log. `unproven` is what a void dispute says, which is shown and counts for nothing.
    """

    index: int
    predicate: str
    model: str
    fields: Mapping[str, Any] | None
    subjects: tuple[Subject, ...] = ()
    actors: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    void: bool = False
    digests: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    entry: str = ""
    unproven: Mapping[str, Any] | None = None

    @property
    def unreadable(self) -> str:
        """Why nothing that it says can be read: "void", "erased", or empty."""
        return "" if self.fields is not None else "void" if self.void else "erased"

    @property
    def names(self) -> tuple[str, ...]:
        """What its subjects call the model: those that are the model or its weights, and no replay or file of it."""
        weights = self.predicate == CUSTODY
        return tuple(
            each.name for each in self.subjects if weights or f"sha256:{each.digest.get('sha256')}" == self.model
        )

    def statement(self) -> Statement:
        """The statement with its disclosed fields in place. Raises NotFound where it was erased or is void."""
        if self.fields is None:
            raise NotFound(f"The statement at index {self.index} can't be read.", code="report.unreadable")
        return Statement(self.subjects, self.predicate, self.fields)


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step of the verification: held, failed, or (None) could not be done, and why."""

    number: int
    name: StepName
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verification of a report found."""

    answer: str
    witnessed: int | None
    steps: tuple[Step, ...]
    organisation: str
    as_of: str
    log: Mapping[str, Any]
    statements: int
    campaigns: int
    claims: int
    verified_at: str

    def document(self) -> dict[str, Any]:
        """The verdict as plain JSON values, the same as the browser's."""
        return {
            "answer": self.answer,
            "witnessed": "unwitnessed" if self.witnessed is None else self.witnessed,
            "steps": [
                {"number": step.number, "name": step.name, "ok": step.ok, "detail": step.detail} for step in self.steps
            ],
            "organisation": self.organisation,
            "as_of": self.as_of,
            "log": dict(self.log),
            "statements": self.statements,
            "campaigns": self.campaigns,
            "claims": self.claims,
            "verified_at": self.verified_at,
        }


class ReportUnverified(Unverified):
    """A report whose verification failed at one step or more; `verdict` tells each."""

    def __init__(self, message: str, *, verdict: Verdict) -> None:
        super().__init__(message, code="report.unverified", hint="Do not rely on this report.")
        self.verdict = verdict


class ReportUnchecked(Unavailable):
    """A report that holds, but for its page, which another release made; `verdict` tells each step."""

    def __init__(self, generator: str, *, verdict: Verdict) -> None:
        super().__init__(
            f"The words of index.html can't be checked: {generator[:64]} made it.",
            code="report.unchecked",
            hint=f"Open the report's own signed verify.html, or install {generator[:64]}; report.json itself holds.",
        )
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Built:
    """A report of `size` statements that stands in a folder; its publication was recorded at `index`.

    `changes` is where its differences from an earlier report were recorded, where one was named.
    """

    folder: str
    files: int
    size: int
    campaigns: int
    claims: int
    as_of: str
    index: int
    changes: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on commitments ("in", "out" or "superseded"), and where it was recorded."""

    index: int
    commitments: tuple[str, ...]
    decision: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a model may be released, and what stands against it; `override` is the one that opens it all the same."""

    model: str
    name: str
    open: bool
    reasons: tuple[str, ...]
    override: int | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """An event of the release register, and where it was recorded."""

    index: int
    event: str
    model: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Written:
    """A written part, or a report (without a section) with the sections that it has and lacks, and its place."""

    index: int
    section: str
    model: str
    sections: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two reports; `answers` are those of their verification, the old one's first."""

    organisation: str
    origin: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    answers: tuple[str, str]
    changes: tuple[Change, ...]
    release: tuple[str, str] | None = None

    @property
    def removed(self) -> int:
        """How many things are gone."""
        return sum(change.how == "removed" for change in self.changes)

    def document(self) -> dict[str, Any]:
        """What a statement about it says, but who says it and when."""
        release = {"old": self.release[0], "new": self.release[1]} if self.release else None
        return {
            "organisation": self.organisation,
            "origin": self.origin,
            "old": dict(self.old),
            "new": dict(self.new),
            "release": release,
            "changes": [change.model_dump(mode="json") for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """A report diff that was recorded, with its numbers of changes and, among them, of removals."""

    index: int
    changes: int
    removed: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The signed copies that are what this release makes of report.json, and those that it would also make."""

    same: tuple[str, ...]
    absent: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, or what was said to one, and where it was recorded."""

    index: int
    what: str


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What a statement says in full to its auditor, and which of its fields the public doesn't see."""

    index: int
    predicate: str
    auditor: str
    fields: Mapping[str, Any]
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute (or the answer to one) and where it was recorded; `state` says whether its author is authenticated."""

    index: int
    target: str
    state: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a monitor noticed: what is `wrong` ends its command with 6, the rest is a remark."""

    kind: str
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a monitor: "fine", "wrong" or "unavailable", what it noticed, and which report it saw."""

    at: str
    where: str
    answer: Literal["fine", "wrong", "unavailable"]
    alarms: tuple[Alarm, ...] = ()
    changes: tuple[Change, ...] = ()
    verified: str = ""
    as_of: str = ""
    log: Mapping[str, Any] = field(default_factory=dict)
    witnessed: int | None = None

    def of(self, verified: str, *, as_of: str, log: Mapping[str, Any], witnessed: int | None) -> "Look":
        """The look at a report with this verdict."""
        return replace(self, verified=verified, as_of=as_of, log=log, witnessed=witnessed)


class MonitorAlarmed(Unverified):
    """A watched report in which something is wrong; `looks` tells what."""

    def __init__(self, wrong: Sequence[Alarm], *, looks: tuple[Look, ...]) -> None:
        more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
        super().__init__(f"{wrong[0].text}{more}", code="monitor.alarm", hint="Keep the state file: it is evidence.")
        self.looks = looks


@dataclass(frozen=True, slots=True)
class Gated:
    """A decision of the gate, and where it was recorded."""

    index: int
    name: str
    open: bool
    reasons: tuple[str, ...]
    policy_digest: str
