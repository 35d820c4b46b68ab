"""What every importer shares: a bounded reader of foreign JSON, and texts out of whatever shape they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.disclosure.records import Report, Severity

LIMIT = 8 * 1024 * 1024
TEXT = 100_000
LINE = 300
HARMS = 32
SEVERITIES: Mapping[str, Severity] = {
    "low": "low",
    "minor": "low",
    "medium": "medium",
    "moderate": "medium",
    "high": "high",
    "major": "high",
    "severe": "high",
    "critical": "critical",
}


def read_object(data: bytes, *, what: str) -> Mapping[str, Any]:
    """The JSON object in `data`. Raises Invalid for anything else, larger than 8 MiB or nested over 64 deep."""
    document = canonical.decode(data, limit=LIMIT, what=what)
    if not isinstance(document, Mapping):
        raise malformed(what, "it is no object")
    return document


def text(value: Any, *, limit: int = TEXT) -> str:
    """A text, a number, an object's `value`, or those of a list one below the other; "" for anything else."""
    if isinstance(value, str):
        return sound(value.strip()[:limit])
    if isinstance(value, Mapping):
        return text(value.get("value", ""), limit=limit)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)[:limit]
    if isinstance(value, Iterable):
        return "\n".join(found for each in value if (found := text(each, limit=limit)))[:limit]
    return ""


def sound(said: str) -> str:
    """The text with a mark in place of each half of a surrogate pair, which JSON can hold and no file."""
    return said.encode("utf-8", "replace").decode()


def fitted(report: Report) -> Report:
    """The report with every text as long as a report's may be, and its title in one line, so that it can be read."""
    return replace(
        report,
        title=" ".join(report.title.split())[:LINE],
        what=report.what[: 2 * TEXT],
        harms=tuple(harm[:LINE] for harm in report.harms if harm)[:HARMS],
        credit=", ".join(filter(None, map(str.strip, report.credit.splitlines())))[:LINE],
        source=" ".join(report.source.split())[:LINE],
    )


def paragraphs(told: Mapping[str, str]) -> str:
    """Titled texts, those that say something, one paragraph each."""
    return "\n\n".join(f"{title}: {said}" for title, said in told.items() if said)[:TEXT]


def severity(value: Any) -> Severity | None:
    """A severity in words, or None for one that isn't known."""
    words = re.findall("[a-z]+", text(value, limit=LINE).lower())
    return next((SEVERITIES[word] for word in words if word in SEVERITIES), None)


def malformed(what: str, why: str) -> Invalid:
    """The error for a document that is none of its format."""
    return Invalid(f"{what} can't be imported: {why}.", code="import.malformed", hint="Is it of the format you named?")
