"""The verbs that hold reports against one another, and signed copies against what they are copies of."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

from kept.core.actor import Actor
from kept.errors import Conflict, NotFound, Unavailable, Unverified
from kept.practices.reporting.methods import report_diff
from kept.practices.reporting.methods.snapshot import snapshot
from kept.practices.reporting.records import DOCUMENT, Compared, Difference, Recorded
from kept.practices.reporting.service.checked import GENERATOR, Checked, check_folder, render_copies
from kept.practices.reporting.service.room import Room
from kept.predicates.report_diff import LARGEST, ReportDiff


class Comparing(Room):
    """Compares what was published."""

    @staticmethod
    def diff(
        old: Path, new: Path, *, trust: Path | None, now: datetime, release: tuple[str, str] | None = None
    ) -> Difference:
        """Every difference between two reports of one log, once both verify.

        `release` names two models (by id or name), the second in the place of the first. Raises ReportUnverified when
        a report fails, Unverified when the new log does not extend the old one, Invalid for reports of two logs or in
        the wrong order, and NotFound.
        """
        return _difference(
            check_folder(old, trust=trust, now=now), check_folder(new, trust=trust, now=now), release=release
        )

    def diff_record(self, old: Path, new: Path, *, by: Actor, release: tuple[str, str] | None = None) -> Recorded:
        """Record every difference between two of the organisation's own reports as a signed statement.

        Raises what `diff` does, and Conflict for more differences than one statement holds.
        """
        found = _difference(self._own(old), self._own(new), release=release)
        made = self._stated(found, by=by)
        return Recorded(self._record(made.to_statement(), by=by), len(found.changes), found.removed)

    def _own(self, folder: Path) -> Checked:
        """A report of this organisation, checked under its own trust file."""
        return check_folder(folder, trust=self._context.workspace.trust_file, now=self._context.clock())

    def _changed(self, old: Checked, new: Checked, *, by: Actor) -> ReportDiff:
        """What the statement about a new report says of an old one. Raises what `diff_record` does."""
        return self._stated(_difference(old, new, release=None), by=by)

    def _stated(self, found: Difference, *, by: Actor) -> ReportDiff:
        if len(found.changes) > LARGEST:
            raise Conflict(
                f"The reports differ in {len(found.changes)} places; one statement holds {LARGEST}.",
                code="diff.too-large",
                hint=ReportDiff.advice,
            )
        return ReportDiff.of(**found.document(), issued=self._now(), by=by.id)

    @staticmethod
    def copies(folder: Path, *, trust: Path | None, now: datetime) -> Compared:
        """Make the signed copies in a verified report anew, and compare their bytes.

        Raises ReportUnverified, Unverified naming a copy that is not what this release makes of report.json, and
        Unavailable where another release made the report or a PDF can't be made here.
        """
        checked = check_folder(folder, trust=trust, now=now)
        if checked.report["generator"] != GENERATOR:
            raise Unavailable(
                f"{checked.report['generator'][:64]} made this report; only it makes the same copies.",
                code="report.generator",
            )
        held = checked.files.contents
        made = render_copies(checked.report, checked.encoded, pdf=DOCUMENT in held)
        for name, data in made.items():
            if name in held and held[name] != data:
                raise Unverified(f"{name} is not what this release makes of report.json.", code="report.copy")
        present = tuple(sorted(name for name in made if name in held))
        return Compared(present, tuple(sorted(set(made) - set(present))), checked.verdict.answer)


def _difference(old: Checked, new: Checked, *, release: tuple[str, str] | None) -> Difference:
    before, after = (snapshot(each.report, each.encoded) for each in (old, new))
    entries = [base64.b64decode(entry) for entry in new.report["log"]["entries"]]
    report_diff.check_extends(before, after, entries=entries)
    models = _models(old, new, release) if release else None
    return Difference(
        organisation=after["organisation"],
        origin=after["origin"],
        old={name: before[name] for name in ("as_of", "size", "root", "report")},
        new={name: after[name] for name in ("as_of", "size", "root", "report")},
        answers=(old.verdict.answer, new.verdict.answer),
        changes=report_diff.compare(before, after, release=models),
        release=models,
    )


def _models(old: Checked, new: Checked, release: tuple[str, str]) -> tuple[str, str]:
    first, second = (_model(side, name) for side, name in zip((old, new), release, strict=True))
    return first, second


def _model(side: Checked, name: str) -> str:
    """The id of the model that is called so; of several, the one recorded last. Raises NotFound."""
    for model in reversed(side.report["derived"]["models"]):
        if name in (model["id"], model["name"]):
            return str(model["id"])
    known = ", ".join(model["name"] for model in side.report["derived"]["models"]) or "none"
    raise NotFound(
        f"The report of {side.report['as_of'][:10]} knows no model {name!r}.",
        code="model.unknown",
        hint=f"It knows: {known}.",
    )
