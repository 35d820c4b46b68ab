"""What of a report is compared with a later one: small enough to be kept by whoever watches it."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from kept.core import canonical, merkle, redaction
from kept.core.statement import Envelope
from kept.practices.reporting.methods.booklet.results import interval, rate
from kept.practices.reporting.methods.words import count, percent
from kept.predicates.report_diff import Kind

Report = Mapping[str, Any]
Snapshot = Mapping[str, Any]
KINDS: tuple[Kind, ...] = ("claim", "status", "part", "campaign", "release", "statement", "model", "rules")


def snapshot(report: Report, encoded: bytes) -> dict[str, Any]:
    """The comparable parts of a verified report as plain JSON values, each kind by name.

    An item has `model`, `text` (what it says, in words), `evidence` (ledger indices) and, for a claim, `id`. `ids` has
    the name under which each claim of the report stands, also of those for which a later one stands.
    """
    derived, log = report["derived"], report["log"]
    claims = list(_claims(report))
    leaves = b"".join(merkle.leaf_hash(base64.b64decode(entry)) for entry in log["entries"])
    return {
        "organisation": report["organisation"]["name"],
        "origin": log["origin"],
        "size": log["size"],
        "root": merkle.root(leaves).hex(),
        "as_of": report["as_of"],
        "report": f"sha256:{hashlib.sha256(encoded).hexdigest()}",
        "claim": dict(claims),
        "ids": {item["id"]: name for name, item in claims},
        "status": dict(_statuses(derived)),
        "part": dict(_parts(derived)),
        "campaign": {
            each["campaign"]: _item(each["model"], each["state"], each["plan"], each["result"])
            for each in derived["campaigns"]
        },
        "release": {
            f"{each['name'] or each['model']} {each['version']} (entry {each['index']})": _item(
                each["model"], each["state"], each["index"]
            )
            for each in derived["register"]["releases"]
        },
        "statement": dict(_unreadable(report)),
        "model": {
            each["id"]: _item(each["id"], f"{each['name']}, established by {each['established']}")
            for each in derived["models"]
        },
        "rules": {"catalog": _item("", report["catalog"]["digest"])},
    }


def _item(model: str, text: str, *evidence: int | None) -> dict[str, Any]:
    return {"model": model, "text": text, "evidence": [index for index in evidence if index is not None]}


def _claims(report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    """Claims in the order of their plans, so that the last of those with one name stands for it."""
    protocols: dict[int, str] = {}
    for each in sorted(report["derived"]["claims"], key=lambda claim: claim["evidence"][0]):
        plan = each["evidence"][0]
        if plan not in protocols:
            protocols[plan] = _protocol(report, plan)
        where = "/".join(part for part in (each["domain"], each["strategy"], each["language"]) if part)
        found = _item(each["model"], _told(each), *each["evidence"])
        yield f"{each['model']} {where} plan {protocols[plan]}", {**found, "id": each["id"]}


def _protocol(report: Report, plan: int) -> str:
    """What two campaigns share when one repeats the other: the plan but for seed and budget, as 12 digits."""
    held = report["statements"][plan]
    statement = Envelope.parse(base64.b64decode(held["envelope"])).statement()
    planned = redaction.reveal(statement.predicate, held["disclosures"])["plan"]
    shared = {name: value for name, value in planned.items() if name not in ("seed", "budget")}
    return hashlib.sha256(canonical.encode(shared)).hexdigest()[:12]


def _told(claim: Report) -> str:
    estimate = claim["estimate"]
    told = f"{rate(claim)} {interval(claim)}, n = {count(estimate['n'])}, {count(estimate['unassessed'])} unassessed"
    told += f", worst {percent(claim['worst']['high'])}, {estimate['method']}, {claim['assurance']}"
    return f"{told}, weakness" if claim["finding"] else told


def _statuses(derived: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in derived["statuses"]:
        lacking = "; ".join(each["missing"])
        text = f"{each['state']}: {lacking}" if lacking else each["state"]
        yield f"{each['model']} {each['commitment']}".strip(), _item(each["model"], text, *each["evidence"])


def _parts(derived: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in derived["sections"]:
        for section in each["sections"]:
            part = section["part"]
            if part is not None and section["state"] == "written" and part["model"] == each["model"]:
                text = f"by {part['author']}, {part['date']}, entry {part['index']}"
                yield f"{each['model']} {section['section']}".strip(), _item(each["model"], text, part["index"])


def _unreadable(report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    void = frozenset(report["derived"]["void"])
    for held in report["statements"]:
        if "erased" in held:
            yield str(held["index"]), _item("", "erased", held["index"], held["erased"])
        elif held["index"] in void:
            yield str(held["index"]), _item("", "void", held["index"])
