"""NOVA rules as STIX indicators, one for each rule."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.errors import Invalid
from kept.practices.sharing.backends.files import whole
from kept.practices.sharing.methods import nova
from kept.practices.sharing.methods.nova.reading import LARGEST
from kept.practices.sharing.methods.objects import id_of
from kept.practices.sharing.records.library import Left


def read(path: Path, now: str) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The rules of a file that keywords alone decide; each other rule is named with the reason."""
    try:
        text = whole(path, limit=4 * LARGEST).decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is not UTF-8 at byte {error.start}.", code="import.format") from error
    found = nova.read(text)
    left = [Left(each.name, each.code, each.reason) for each in found.unusable]
    return [_indicator(rule, now) for rule in found.rules], left


def _indicator(rule: nova.Rule, now: str) -> dict[str, Any]:
    described = rule.meta.get("description", "")
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": id_of("indicator", "nova", rule.name, rule.text),
        "created": _milliseconds(now),
        "modified": _milliseconds(now),
        "name": rule.name,
        "description": described or rule.name,
        "indicator_types": ["malicious-activity"],
        "pattern": rule.text,
        "pattern_type": "nova",
        "valid_from": _milliseconds(now),
    }


def _milliseconds(moment: str) -> str:
    return moment.removesuffix("Z") + ".000Z"
