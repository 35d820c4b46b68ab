"""Puts report.json together."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core.commitments import catalog
from kept.practices.reporting.methods import proofs
from kept.practices.reporting.records import REPORT_VERSION, Material


@dataclass(frozen=True, slots=True)
class Heading:
    """Who reports, made by what, as of when, about which log."""

    organisation: str
    generator: str
    as_of: str
    declared: Mapping[str, Any]
    origin: str
    checkpoint: bytes


def compose(
    heading: Heading, materials: Sequence[Material], *, outcomes: Mapping[str, bytes], derived: Mapping[str, Any]
) -> dict[str, Any]:
    """The report as plain JSON values."""
    _, paths = proofs.prove_all([material.entry for material in materials])
    return {
        "kept_report": REPORT_VERSION,
        "generator": heading.generator,
        "organisation": {"name": heading.organisation},
        "as_of": heading.as_of,
        "declared": dict(heading.declared),
        "log": {
            "origin": heading.origin,
            "size": len(materials),
            "checkpoint": heading.checkpoint.decode(),
            "entries": [_text(material.entry) for material in materials],
        },
        "statements": [_statement(material, path) for material, path in zip(materials, paths, strict=True)],
        "outcomes": {campaign: data.decode() for campaign, data in sorted(outcomes.items())},
        "catalog": dict(catalog.document()),
        "derived": dict(derived),
    }


def _statement(material: Material, path: Sequence[bytes]) -> dict[str, Any]:
    if material.erased_by is not None:
        return {"index": material.index, "erased": material.erased_by}
    return {
        "index": material.index,
        "salt": _text(material.salt),
        "envelope": _text(material.envelope),
        "disclosures": list(material.disclosures),
        "inclusion": [_text(part) for part in path],
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
