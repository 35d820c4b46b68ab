"""The verification of a published report: offline, from its files and the reader's trust file alone.

1. manifest: every file is there, listed, and has its digest; who signed the manifest may do so.
2. checkpoint: a trusted key of the log signed it.
3. witnesses: how many independent ones cosigned it in time; too few is "unwitnessed", a false cosignature fails.
4. log: the entries lead to the checkpoint's root, and their number is its size.
5. statements: each is the one that its entry commits to, is in the log, and was signed by who may say so there.
6. completeness: every entry has its statement or a recorded erasure; every campaign opened is in the report.
7. recomputation: outcomes, estimates, findings, coverage, statuses and claims follow from the records by our rules.
8. page: index.html embeds report.json, and is to the letter what the release that made it makes of it.

Without a trust file the keys are the ones that the report declares, and the best answer is "consistent, not
authenticated". A step that fails doesn't stop those that don't need it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from kept.core import canonical
from kept.core.context import format_time
from kept.core.note import Checkpoint, VerifierKey
from kept.core.trust import KeyHistory, Trust
from kept.errors import KeptError, Unverified
from kept.practices.reporting.methods import material, page, statements
from kept.practices.reporting.methods.derive import Derive, derive
from kept.practices.reporting.methods.material import Report
from kept.practices.reporting.methods.verify import completeness, log, manifest, recomputation
from kept.practices.reporting.records import (
    AUTHENTICATED,
    CONSISTENT,
    FAILED,
    PAGE,
    REPORT,
    STEPS,
    UNCHECKED,
    Files,
    Known,
    ReportUnchecked,
    ReportUnverified,
    Step,
    StepName,
    Verdict,
)

Render = Callable[[Mapping[str, Any], bytes], Mapping[str, bytes]]


def verify(files: Files, *, trust: Trust | None, now: datetime, render: Render, deriving: Derive = derive) -> Verdict:
    """The verdict on a report.

    Raises ReportUnverified, whose `verdict` tells each step, when any step fails, and ReportUnchecked when nothing
    failed but another release made the page. `render` makes a report's files anew, from the report and its bytes; it
    gives nothing where another release did. `deriving` is for whoever derived from these very records a moment ago.
    """
    inspection = _Inspection(files=files, given=trust, render=render, deriving=deriving)
    steps = tuple(inspection.take(number, name) for number, name in enumerate(STEPS, start=1))
    failed = [step for step in steps if step.ok is False]
    verdict = inspection.verdict(steps, now=now, failed=bool(failed))
    if failed:
        first = failed[0]
        raise ReportUnverified(f"Step {first.number}, {first.name}: {first.detail}", verdict=verdict)
    if inspection.foreign:
        raise ReportUnchecked(inspection.report.generator, verdict=verdict)
    return verdict


class _UnmetError(Exception):
    """A step needs what an earlier one did not find."""


@dataclass
class _Inspection:
    """What the steps have found so far."""

    files: Files
    given: Trust | None
    render: Render
    deriving: Derive
    point: Checkpoint | None = None
    known: Sequence[Known] | None = None
    witnessed: int | None = None
    recomputed: bool = False
    foreign: bool = False

    def take(self, number: int, name: StepName) -> Step:
        """Do one step."""
        try:
            return Step(number, name, True, getattr(self, name)())
        except _UnmetError as unmet:
            return Step(number, name, None, str(unmet))
        except KeptError as error:
            return Step(number, name, False, error.message)

    @property
    def report(self) -> Report:
        """report.json as it was read. Raises Invalid or Unverified."""
        if isinstance(self._reading, KeptError):
            raise self._reading
        return self._reading

    @cached_property
    def _reading(self) -> Report | KeptError:
        # Kept also when it failed: a large report that can't be read isn't read again at every step.
        data = self.files.contents.get(REPORT)
        if data is None:
            return Unverified(f"The report has no {REPORT}.", code="report.file-missing")
        try:
            return material.read(data)
        except KeptError as error:
            return error

    @cached_property
    def trust(self) -> Trust:
        """Whom to trust: the reader's file, else what the report declares. Raises Invalid."""
        return self.given or Trust.parse(canonical.encode(self.report.declared))

    @cached_property
    def keys(self) -> KeyHistory:
        """The keys that counted at each index."""
        entries = [statements.read_entry(each.index, each.entry) for each in self.report.materials]
        return statements.history(self.report.materials, entries, self.trust)

    def manifest(self) -> str:
        """Step 1."""
        envelope = manifest.check_files(self.files)
        manifest.check_publication(envelope, self.report, trust=self.trust, keys=self.keys)
        manifest.check_verifier(self.files, self.report, trust=self.trust, keys=self.keys)
        manifest.check_copies(self.files, self.report)
        told = f"{len(self.files.contents)} files, all listed in the signed manifest and no other"
        copies = manifest.copies(self.files)
        return f"{told}; signed copies, not made again: {', '.join(copies)}" if copies else told

    def checkpoint(self) -> str:
        """Step 2."""
        self.point = log.open_checkpoint(self._read(), origin=self.trust.log.origin, keys=self._log_keys())
        return f"signed by a key of the log {self.point.origin}, for {self.point.size} entries"

    def witnesses(self) -> str:
        """Step 3."""
        found = log.witnessed(self._read(), self.trust.witnesses, keys=self._log_keys())
        if found.state == "unwitnessed":
            return f"unwitnessed: {found.missing}"
        if self.given is None:
            return f"unwitnessed: {', '.join(found.groups)} cosigned, but only the report says who they are"
        self.witnessed = len(found.groups)
        return f"cosigned by {', '.join(found.groups)}"

    def log(self) -> str:
        """Step 4."""
        log.check_log(self._read(), self._point())
        return f"{self._read().size} entries lead to the root of the checkpoint"

    def statements(self) -> str:
        """Step 5."""
        report = self._read()
        self.known = completeness.check_statements(report, self._point(), self.trust)
        void = sum(each.void for each in self.known)
        erased = sum(each.fields is None for each in self.known) - void
        held = len(self.known) - erased - void
        return f"{held} statements are in the log and signed by who may say so; {erased} erased, {void} void"

    def completeness(self) -> str:
        """Step 6."""
        completeness.check_complete(self._read(), self._known())
        return "every entry has its statement or a recorded erasure; every campaign opened is in the report"

    def recomputation(self) -> str:
        """Step 7."""
        recomputation.check_catalog(self._read())
        recomputation.check_derived(self._read(), self._known(), deriving=self.deriving)
        self.recomputed = True
        return "every estimate, finding, status and claim follows from the records by the published rules"

    def page(self) -> str:
        """Step 8."""
        report = self._read()
        # Only a report whose every part was computed again has the shape that the templates rely on.
        if not self.recomputed:
            raise _UnmetError("the figures did not hold")
        made = dict(self.render(report.document, report.encoded))
        if not made:
            self.foreign = True
            raise _UnmetError("another release made the report, and alone can make its page again")
        page.check(self.files.contents.get(PAGE, b""), made=made.pop(PAGE), encoded=report.encoded)
        for name, data in made.items():
            if self.files.contents.get(name) != data:
                raise Unverified(f"{name} is not what this release makes of report.json.", code="report.page")
        return "index.html, made again from report.json, is the same to the letter"

    def verdict(self, steps: tuple[Step, ...], *, now: datetime, failed: bool) -> Verdict:
        """What the steps come to."""
        try:
            report = self.report
        except KeptError:
            return Verdict(FAILED, None, steps, "", "", {}, 0, 0, 0, format_time(now))
        point = self.point
        root = {"root": point.root.hex()} if point else {}
        return Verdict(
            answer=FAILED if failed else UNCHECKED if self.foreign else AUTHENTICATED if self.given else CONSISTENT,
            witnessed=self.witnessed,
            steps=steps,
            organisation=report.organisation,
            as_of=report.as_of,
            log={"origin": report.origin, "size": report.size, **root},
            statements=len(report.materials),
            campaigns=_length(report.derived.get("campaigns")),
            claims=_length(report.derived.get("claims")),
            verified_at=format_time(now),
        )

    def _read(self) -> Report:
        try:
            report, _ = self.report, self.keys
            return report
        except KeptError as error:
            raise _UnmetError(f"report.json can't be read: {error.message}") from error

    def _log_keys(self) -> list[VerifierKey]:
        return [VerifierKey.parse(key) for key in self.keys.log_keys(self.report.size)]

    def _point(self) -> Checkpoint:
        if self.point is None:
            raise _UnmetError("the checkpoint did not hold")
        return self.point

    def _known(self) -> Sequence[Known]:
        if self.known is None:
            raise _UnmetError("the statements did not hold")
        return self.known


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0
