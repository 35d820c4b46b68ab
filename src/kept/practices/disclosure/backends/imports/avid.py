"""Reports of the AI Vulnerability Database (AVID's data model, versions 0.1 to 0.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kept.practices.disclosure.backends.imports.reading import LINE, fitted, malformed, paragraphs, read_object, text
from kept.practices.disclosure.records import Report

WHAT = "The AVID report"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(data: bytes) -> Report:
    """The report in an AVID report or vulnerability, in JSON. Raises Invalid for anything else."""
    document = read_object(data, what=WHAT)
    if document.get("data_type") != "AVID":
        raise malformed(WHAT, 'its data_type is not "AVID"')
    problem, affects = _object(document.get("problemtype")), _object(document.get("affects"))
    described = text(document.get("description"))
    title = text(problem.get("description"), limit=LINE) or described[:LINE]
    if not title:
        raise malformed(WHAT, "it describes no problem")
    metadata = _object(document.get("metadata"))
    name = text(metadata.get("report_id") or metadata.get("vuln_id"), limit=100)
    impact = _object(_object(document.get("impact")).get("avid"))
    harms = [text(each, limit=LINE) for each in (*_list(impact.get("risk_domain")), *_list(impact.get("sep_view")))]
    told = {
        "Affected": text([_object(each).get("name") for each in _list(affects.get("artifacts"))]),
        "Class": text(problem.get("classof")),
        "References": text([_object(each).get("url") for each in _list(document.get("references"))]),
    }
    found = Report(
        title=title,
        what="\n\n".join(part for part in (described, paragraphs(told)) if part),
        harms=tuple(harms),
        credit=text(document.get("credit"), limit=LINE),
        found=_day(document.get("reported_date")),
        source=f"avid {name}".strip(),
    )
    return fitted(found)


def _day(value: Any) -> str:
    said = text(value, limit=10)
    return said if _DAY.fullmatch(said) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value[:200] if isinstance(value, list) else []
