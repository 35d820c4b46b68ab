"""A report that was verified, with what it says; and how this release makes a report's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import kept
from kept.core import canonical
from kept.core.reference import load
from kept.core.trust import Trust
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.methods.material import LIMIT
from kept.practices.reporting.methods.verify import verify
from kept.practices.reporting.ports import Folder, Format
from kept.practices.reporting.records import REPORT, Files, ReportUnchecked, Verdict

GENERATOR = f"kept {kept.__version__}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A report none of whose steps failed; `unchecked` where another release made its page."""

    verdict: Verdict
    files: Files
    report: Mapping[str, Any]
    encoded: bytes
    unchecked: bool = False


def check(files: Files, *, trust: Trust | None, now: datetime) -> Checked:
    """The report in these files, once it verifies. Raises ReportUnverified."""
    unchecked = False
    try:
        verdict = verify(files, trust=trust, now=now, render=render)
    except ReportUnchecked as error:
        verdict, unchecked = error.verdict, True
    encoded = files.contents[REPORT]
    return Checked(verdict, files, canonical.decode(encoded, limit=LIMIT, what=REPORT), encoded, unchecked)


def check_folder(folder: Path, *, trust: Path | None, now: datetime) -> Checked:
    """The report in a folder, once it verifies. Raises ReportUnverified, NotFound or Invalid."""
    reader: Folder = load(PRACTICE.backends["folder"]["file"])
    trusted = Trust.load(trust) if trust else None
    return check(reader.read(folder), trust=trusted, now=now)


def render(report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
    """The report's files, where this release made it; another release's can't be made anew."""
    if report.get("generator") != GENERATOR:
        return {}
    made: dict[str, bytes] = {}
    for reference in PRACTICE.backends["format"].values():
        backend: Format = load(reference)
        made |= backend.render(report, encoded)
    return made


def render_copies(report: Mapping[str, Any], encoded: bytes, *, pdf: bool) -> Mapping[str, bytes]:
    """The signed copies of a report, by name. Raises Unavailable where a PDF can't be made."""
    made: dict[str, bytes] = {}
    for name, reference in PRACTICE.backends["copy"].items():
        if pdf or name != "pdf":
            backend: Format = load(reference)
            made |= backend.render(report, encoded)
    return made
