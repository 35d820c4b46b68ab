"""An advisory as a CSAF document, in both versions (OASIS CSAF 2.0, and CSAF 2.1)."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final, Literal

from kept.practices.disclosure.methods.advisories.ssvc import selection, told
from kept.practices.disclosure.records.advisories import Advisory, Product, Publisher, Remedy, Standing

Version = Literal["2.0", "2.1"]
VERSIONS: Final[tuple[Version, ...]] = ("2.0", "2.1")
_SCHEMA = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"
_LICENCE = "CC-BY-4.0"
_CWE_VERSION = "4.16"
_STANDING: Mapping[Standing, str] = {
    "affected": "known_affected",
    "fixed": "fixed",
    "not affected": "known_not_affected",
    "under investigation": "under_investigation",
}
_REMEDY: Mapping[Remedy, str] = {
    "fix": "vendor_fix",
    "mitigation": "mitigation",
    "workaround": "workaround",
    "planned": "fix_planned",
    "none": "none_available",
}


def csaf(
    advisory: Advisory, publisher: Publisher, *, version: Version, url: str, generator: str, now: str
) -> dict[str, Any]:
    """The CSAF document of an advisory, as plain JSON values.

    `url` is where the document itself will be found, `generator` names the program, `now` is the moment (Time) that a
    draft is dated by. A draft has the status "draft" and the version "0".
    """
    document: dict[str, Any] = {"$schema": _SCHEMA} if version == "2.1" else {}
    document["document"] = _document(advisory, publisher, version=version, url=url, generator=generator, now=now)
    document["product_tree"] = {"branches": [_vendor(advisory.products, publisher)]}
    document["vulnerabilities"] = [_vulnerability(advisory, publisher, version=version)]
    found: dict[str, Any] = _sorted(document)
    return found


def file_name(advisory_id: str) -> str:
    """The name of the file that holds the document with this tracking id (CSAF 2.0, section 5.1)."""
    kept = (letter if letter.isascii() and (letter.isalnum() or letter in "+-") else "_" for letter in advisory_id)
    return "".join(kept).lower() + ".json"


def _document(
    advisory: Advisory, publisher: Publisher, *, version: Version, url: str, generator: str, now: str
) -> dict[str, Any]:
    clear = "CLEAR" if version == "2.1" else "WHITE"
    found: dict[str, Any] = {
        "category": "csaf_security_advisory",
        "csaf_version": version,
        "aggregate_severity": {"text": advisory.severity},
        "distribution": {"tlp": {"label": clear, "url": "https://www.first.org/tlp/"}},
        "lang": advisory.language,
        "publisher": {
            "category": "vendor",
            "name": publisher.name,
            "namespace": publisher.namespace,
            "contact_details": publisher.contact,
        },
        "title": advisory.title,
        "notes": _notes(advisory, version),
        "references": [
            {"category": "self", "summary": "This document", "url": url},
            *({"category": "external", "summary": link.label, "url": link.url} for link in advisory.links),
        ],
        "tracking": _tracking(advisory, generator=generator, now=now),
    }
    if version == "2.1":
        found["license_expression"] = _LICENCE
    return found | _credits(advisory)


def _notes(advisory: Advisory, version: Version) -> list[dict[str, str]]:
    notes = [
        {"category": "summary", "title": "Summary", "text": advisory.summary},
        {"category": "details", "title": "Details", "text": advisory.details},
    ]
    if (seen := advisory.reproduction) is not None:
        said = f"{seen.successes} of {seen.n} replays; the true share is at least {seen.bound:.3g} ({seen.level:.3g})"
        notes.append({"category": "other", "title": "Reproduction", "text": said})
    if advisory.decision:
        notes.append({"category": "other", "title": "SSVC", "text": told(advisory.decision)})
    if version == "2.0" and advisory.score:
        # CSAF 2.0 was made before CVSS 4.0 and has no place for it.
        said = f"{advisory.score.score} ({advisory.score.severity}), {advisory.score.vector}"
        notes.append({"category": "other", "title": "CVSS 4.0", "text": said})
    return notes


def _credits(advisory: Advisory) -> dict[str, Any]:
    return {"acknowledgments": [{"names": list(advisory.credits)}]} if advisory.credits else {}


def _tracking(advisory: Advisory, *, generator: str, now: str) -> dict[str, Any]:
    name, _, number = generator.partition(" ")
    history = [
        {"number": str(each.number), "date": each.date, "summary": each.text} for each in advisory.revisions
    ] or [{"number": "0", "date": now, "summary": "Draft"}]
    return {
        "id": advisory.id,
        "status": "final" if advisory.revisions else "draft",
        "version": history[-1]["number"],
        "initial_release_date": history[0]["date"],
        "current_release_date": history[-1]["date"],
        "revision_history": history,
        "generator": {"engine": {"name": name, "version": number}},
    }


def _vendor(products: tuple[Product, ...], publisher: Publisher) -> dict[str, Any]:
    ordered = sorted(products, key=lambda each: each.family)
    families = [
        {
            "category": "product_name",
            "name": family,
            "branches": [_branch(each, publisher) for each in group],
        }
        for family, group in groupby(ordered, key=lambda each: each.family)
    ]
    return {"category": "vendor", "name": publisher.name, "branches": families}


def _branch(product: Product, publisher: Publisher) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": f"{publisher.name} {product.family} {product.version}",
        "product_id": product_id(product),
    }
    if product.digest:
        value = {"algorithm": "sha256", "value": product.digest.removeprefix("sha256:")}
        hashes = [{"filename": f"{product.family} {product.version}", "file_hashes": [value]}]
        made["product_identification_helper"] = {"hashes": hashes}
    else:
        made["product_identification_helper"] = {"model_numbers": [f"{product.family} {product.version}"]}
    return {"category": "product_version", "name": product.version, "product": made}


def product_id(product: Product) -> str:
    """The name of a version within a document."""
    return f"{product.family}:{product.version}"


def _vulnerability(advisory: Advisory, publisher: Publisher, *, version: Version) -> dict[str, Any]:
    status: dict[str, list[str]] = {}
    for product in advisory.products:
        status.setdefault(_STANDING[product.standing], []).append(product_id(product))
    affected = [product_id(each) for each in advisory.products if each.standing in ("affected", "under investigation")]
    found: dict[str, Any] = {
        "title": advisory.title,
        "ids": [{"system_name": f"{publisher.name} advisories", "text": advisory.id}],
        "notes": [{"category": "description", "title": "What happens", "text": advisory.summary}],
        "product_status": status,
        "threats": [{"category": "impact", "details": advisory.severity, "product_ids": _threatened(advisory)}],
        "discovery_date": f"{advisory.received}T00:00:00Z",
    }
    if advisory.cve:
        found["cve"] = advisory.cve
    if affected:
        found["remediations"] = [
            {
                "category": _REMEDY[each.remedy],
                "details": each.text,
                "date": f"{each.date}T00:00:00Z",
                "product_ids": affected,
            }
            for each in advisory.remediations
        ]
    if advisory.revisions:
        found["disclosure_date" if version == "2.1" else "release_date"] = advisory.revisions[0].date
    return found | _score(advisory, version) | _weakness(advisory, version) | _credits(advisory)


def _threatened(advisory: Advisory) -> list[str]:
    ids = [product_id(each) for each in advisory.products if each.standing == "affected"]
    return ids or [product_id(each) for each in advisory.products]


def _score(advisory: Advisory, version: Version) -> dict[str, Any]:
    if version == "2.0":
        return {}
    content: dict[str, Any] = {}
    if advisory.score:
        content["cvss_v4"] = {
            "version": "4.0",
            "vectorString": advisory.score.vector,
            "baseScore": advisory.score.score,
            "baseSeverity": advisory.score.severity.upper(),
        }
    if advisory.decision:
        content["ssvc_v1"] = selection(advisory.decision, id=advisory.cve or advisory.id)
    return {"metrics": [{"content": content, "products": _threatened(advisory)}]} if content else {}


def _weakness(advisory: Advisory, version: Version) -> dict[str, Any]:
    id, _, name = (part.strip() for part in advisory.weakness.partition(":"))
    if not id:
        return {}
    if version == "2.1":
        return {"cwes": [{"id": id, "name": name, "version": _CWE_VERSION}]}
    return {"cwe": {"id": id, "name": name}}


def _sorted(value: Any) -> Any:
    """The same values with the names in each object in the order of the alphabet (CSAF 2.0, test 6.2.13)."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
