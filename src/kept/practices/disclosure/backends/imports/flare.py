"""Flaw reports as Longpre et al. propose them (arXiv 2503.16861), in JSON, however their fields are written.

FLARE-AI and others write the fields of that report under names of their own; here case, spaces, hyphens and plurals
make no difference, and what isn't known is kept in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kept.practices.disclosure.backends.imports.reading import (
    LINE,
    fitted,
    malformed,
    paragraphs,
    read_object,
    severity,
    text,
)
from kept.practices.disclosure.records import Report

WHAT = "The flaw report"
DESCRIPTION = ("flaw_description", "description", "flaw", "summary")
KNOWN: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "report_title", "name"),
    "steps": ("steps_to_reproduce", "reproduction", "reproducibility", "how_to_reproduce", "proof_of_concept"),
    "severity": ("flaw_severity", "severity"),
    "reporter": ("reporter_id", "reporter", "reporter_name", "submitter"),
    "id": ("report_id", "id", "identifier"),
    "when": ("flaw_timestamp", "flaw_date", "date_of_flaw"),
    "impacts": ("tags", "impact", "impact_type", "harms", "risk"),
}
_NAMES = re.compile(r"[^a-z0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(data: bytes) -> Report:
    """The report in a flaw report. Raises Invalid where it describes no flaw."""
    document = read_object(data, what=WHAT)
    inner = document.get("report")
    fields = _fields(inner if isinstance(inner, Mapping) else document)
    described = _take(fields, DESCRIPTION)
    if not text(described):
        raise malformed(WHAT, "it has no flaw description")
    found = {name: _take(fields, names) for name, names in KNOWN.items()}
    day = _DAY.search(text(found["when"]))
    rest = {name.replace("_", " ").capitalize(): text(value) for name, value in fields.items()}
    made = Report(
        title=text(found["title"], limit=LINE) or text(described, limit=LINE).splitlines()[0],
        what="\n\n".join(part for part in (text(described), paragraphs(rest)) if part),
        steps=text(found["steps"]),
        severity=severity(found["severity"]) or "",
        harms=tuple(text(found["impacts"], limit=4000).splitlines()),
        credit=text(found["reporter"], limit=LINE),
        found=day[0] if day else "",
        source=f"flaw report {text(found['id'], limit=100)}".strip(),
    )
    return fitted(made)


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under one way of writing their names: "Flaw Timestamp(s)" is flaw_timestamp."""
    named = {_NAMES.sub("_", name.lower().replace("(s)", "")).strip("_"): value for name, value in document.items()}
    return {name[:100]: value for name, value in list(named.items())[:200] if name}


def _take(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    found = next((name for each in names for name in (each, f"{each}s") if name in fields), "")
    return fields.pop(found, "")
