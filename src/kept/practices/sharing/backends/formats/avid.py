"""Reports of the AI Vulnerability Database: shared objects as reports, and reports of others as incidents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.sharing.backends.files import LIMIT, VALUES, whole
from kept.practices.sharing.methods.objects import DEFINITIONS, id_of, kind_of
from kept.practices.sharing.methods.objects import read as read_object
from kept.practices.sharing.methods.objects import write as write_object
from kept.practices.sharing.records.contents import CapabilityNotice, Circumvention, Incident, SharedObject
from kept.practices.sharing.records.library import Exported, Left

MANY = 5000
VERSION = "0.2"
_ADVERSARIAL, _VULNERABLE = "S0403: Adversarial Example", "S0100: Software Vulnerability"
_REALISED = "AIID Incident"
_SEVERITIES = {"LOW": "low", "MEDIUM": "medium", "HIGH": "high", "CRITICAL": "critical"}


def write(documents: Sequence[Mapping[str, Any]], organisation: str) -> Exported:
    """The objects as reports, one a line. A mitigation is no report; it is named as refused."""
    lines, left = [], []
    for document in documents:
        kind = kind_of(document)
        if kind in (None, "ai-mitigation"):
            left.append(Left(str(document.get("name"))[:200], "export.kind", "AVID has reports of weaknesses alone."))
        else:
            lines.append(canonical.encode(_report(read_object(document), organisation)) + b"\n")
    return Exported(b"".join(lines), len(lines), tuple(left))


def read(path: Path, now: str) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The reports of a file (one JSON, a list, or one a line) as AI incidents; what can't be one is named."""
    found: list[Mapping[str, Any]] = []
    left: list[Left] = []
    for number, report in enumerate(_reports(path), 1):
        try:
            found.append(_incident(report, now))
        except Invalid as error:
            metadata = report.get("metadata") if isinstance(report, dict) else None
            named = metadata.get("report_id") if isinstance(metadata, dict) else None
            left.append(Left(str(named or f"report {number}")[:200], error.code, error.message))
    return found, left


def _reports(path: Path) -> list[Any]:
    data = whole(path)
    lines = data.split(b"\n", MANY + 1)
    try:
        document = canonical.decode(data, limit=LIMIT, what=path.name, values=VALUES)
    except Invalid:
        if len(lines) < 2 or not lines[1].strip():
            raise
        document = list(_by_line(lines, path.name))
    reports = document if isinstance(document, list) else [document]
    if len(reports) > MANY:
        raise Invalid(f"{path.name} holds {len(reports)} reports; at most {MANY} are read.", code="import.too-large")
    return reports


def _by_line(lines: list[bytes], name: str) -> Iterator[Any]:
    if len(lines) > MANY + 1:
        raise Invalid(f"{name} has more than {MANY} lines.", code="import.too-large")
    left = VALUES
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield canonical.decode(line, limit=LIMIT, what=f"Line {number} of {name}", values=left)
            left -= line.count(b",")
            if left <= 0:
                raise Invalid(f"{name} holds more than {VALUES} values.", code="json.too-many")


def _report(shared: SharedObject, organisation: str) -> dict[str, Any]:
    content = shared.content
    system = content.system if isinstance(content, Incident | CapabilityNotice) else "any"
    realised = isinstance(content, Incident) and content.realised
    named = [each for each in shared.references if each.url]
    references = [{"type": "source", "label": f"{each.source} {each.id}", "url": each.url} for each in named]
    return {
        "data_type": "AVID",
        "data_version": VERSION,
        "metadata": {"report_id": None, "shared_as": shared.id},
        "affects": {
            "developer": [organisation],
            "deployer": [organisation],
            "artifacts": [{"type": "System", "name": system}],
        },
        "problemtype": {
            "classof": _REALISED if realised else "LLM Evaluation",
            "type": "Issue" if realised else "Advisory",
            "description": {"lang": "eng", "value": shared.name},
        },
        "references": references,
        "description": {"lang": "eng", "value": shared.description or shared.name},
        "impact": {
            "avid": {
                "risk_domain": ["Security"],
                "sep_view": [_ADVERSARIAL if isinstance(content, Circumvention) else _VULNERABLE],
                "lifecycle_view": ["L06: Deployment" if realised else "L05: Evaluation"],
                "taxonomy_version": VERSION,
            }
        },
        "credit": [],
        "reported_date": shared.created[:10],
    }


def _incident(report: Any, now: str) -> dict[str, Any]:
    if not isinstance(report, dict) or report.get("data_type") != "AVID":
        raise Invalid("It is no report of AVID.", code="import.format")
    problem = _object(report, "problemtype")
    name = _said(problem.get("description"))[:256].replace("\n", " ").strip()
    day = report.get("reported_date")
    if not name or not isinstance(day, str) or len(day) < 10:
        raise Invalid("It lacks what happened, or the day when that was reported.", code="import.format")
    incident = Incident.of(
        system=_system(report) or "not named",
        realised=problem.get("classof") == _REALISED,
        severity=_severity(report),
        harms=("other",),
        status="open",
        started=f"{day[:10]}T00:00:00Z",
    )
    moment = now.removesuffix("Z") + ".000Z"
    metadata = report.get("metadata")
    named = str(metadata.get("report_id") or "") if isinstance(metadata, dict) else ""
    return write_object(
        SharedObject(
            id=id_of(DEFINITIONS["ai-incident"].object_type, "avid", named or json.dumps(report, sort_keys=True)),
            created=moment,
            modified=moment,
            name=name,
            description=_said(report.get("description"))[:20_000],
            content=incident,
        )
    )


def _system(report: Mapping[str, Any]) -> str:
    artifacts = _object(report, "affects").get("artifacts")
    first = artifacts[0] if isinstance(artifacts, list) and artifacts and isinstance(artifacts[0], dict) else {}
    return str(first.get("name") or "")[:200].strip()


def _severity(report: Mapping[str, Any]) -> str:
    cvss = _object(report, "impact").get("cvss")
    stated = cvss.get("baseSeverity") if isinstance(cvss, dict) else None
    return _SEVERITIES.get(str(stated).upper(), "unknown")


def _object(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = report.get(name)
    return found if isinstance(found, dict) else {}


def _said(value: Any) -> str:
    said = value.get("value") if isinstance(value, dict) else None
    return said if isinstance(said, str) else ""
