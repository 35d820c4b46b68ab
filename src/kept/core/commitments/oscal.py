"""The promises as an OSCAL 1.2.1 catalog (NIST, https://pages.nist.gov/OSCAL): one control per promise.

Each requirement is an assessment objective whose properties carry the published rule; the crosswalks are links to
back-matter resources. Identifiers are UUIDv5 of names, so that the same data always gives the same bytes.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from kept.core import canonical
from kept.core.commitments import catalog as promises
from kept.core.commitments import crosswalk
from kept.core.commitments.catalog import Commitment, Requirement, Source
from kept.core.commitments.crosswalk import Framework, Row

OSCAL_VERSION = "1.2.1"
NAMESPACE = "https://kept.example/ns/oscal"
_RULE = ("where", "denied", "rows", "opens")
_ROOT = UUID("9d0f1c1e-6f6e-5f0a-9a3a-5b1e2c7d4a10")


def catalog() -> dict[str, Any]:
    """The document, `{"catalog": {...}}`, as plain JSON; "last-modified" is the day on which the data was revised."""
    held, document = promises.load(), promises.document()
    return {
        "catalog": {
            "uuid": _uuid(f"catalog/{document['digest']}"),
            "metadata": {
                "title": "Public commitments of generative-AI providers",
                "last-modified": held.revised,
                "version": document["version"],
                "oscal-version": OSCAL_VERSION,
                "props": _props({"digest": document["digest"], "table": _line(document["table"])}),
                "remarks": "Summaries are in the words of this catalog; the sources hold the promises themselves.",
            },
            "groups": [_group(source, [each for each in held if each.source == source.id]) for source in held.sources],
            "back-matter": {
                "resources": [_source(each) for each in held.sources]
                + [_framework(each) for each in crosswalk.frameworks()]
            },
        }
    }


def _group(source: Source, commitments: Iterable[Commitment]) -> dict[str, Any]:
    return {
        "id": source.id,
        "title": source.title,
        "links": [{"href": f"#{_uuid(source.id)}", "rel": "reference"}],
        "controls": [_control(each) for each in commitments],
    }


def _control(commitment: Commitment) -> dict[str, Any]:
    links = [{"href": f"#{_uuid(commitment.source)}", "rel": "reference"}]
    links += [_link(row) for row in crosswalk.rows() if row.commitment == commitment.id]
    return {
        "id": commitment.id,
        "class": "commitment",
        "title": commitment.title,
        "props": [
            {"name": "label", "value": commitment.id},
            *_props({"room": commitment.room, "frontier-only": _line(commitment.frontier)}),
        ],
        "links": links,
        "parts": [{"id": f"{commitment.id}_smt", "name": "statement", "prose": commitment.summary}]
        + [_objective(each) for each in commitment.requirements],
    }


def _objective(requirement: Requirement) -> dict[str, Any]:
    rule = {name: value for name, value in asdict(requirement).items() if name in _RULE and value}
    held = {
        "predicate": requirement.predicate,
        "per": requirement.per,
        "validity-days": str(requirement.validity_days),
        "assurance": requirement.assurance,
        "gate": _line(requirement.gate),
        "rule": _line(rule),
    }
    return {
        "id": f"{requirement.id}_obj",
        "name": "assessment-objective",
        "props": [{"name": "label", "value": requirement.id}, *_props(held)],
        "prose": requirement.text,
    }


def _link(row: Row) -> dict[str, str]:
    return {
        "href": f"#{_uuid(row.framework)}",
        "rel": f"crosswalk-{row.relation}",
        "resource-fragment": quote(row.id, safe=""),
        "text": f"{row.id} {row.name}: {row.note}",
    }


def _source(source: Source) -> dict[str, Any]:
    return _resource(source.id, source.title, f"{source.publisher}. {source.title}. {source.date}.", source.url)


def _framework(framework: Framework) -> dict[str, Any]:
    citation = f"{framework.publisher}. {framework.title}. {framework.date}. Licence: {framework.licence}."
    return _resource(framework.id, framework.title, citation, framework.url)


def _resource(id: str, title: str, citation: str, url: str) -> dict[str, Any]:
    return {"uuid": _uuid(id), "title": title, "citation": {"text": citation}, "rlinks": [{"href": url}]}


def _props(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "ns": NAMESPACE, "value": value} for name, value in values.items()]


def _line(value: Any) -> str:
    return canonical.encode(value).decode()


def _uuid(name: str) -> str:
    return str(uuid5(_ROOT, name))
