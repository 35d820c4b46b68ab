"""STIX bundles: of anyone, and MITRE's ATLAS."""

import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.sharing.backends import files
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.objects import definition_objects, kind_of
from kept.practices.sharing.records.library import Exported, Left

MANY = 20_000
_ATLAS = ("attack-pattern", "course-of-action", "x-mitre-tactic", "relationship")
_INDICATORS = ("indicator",)


def read(path: Path, now: str) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The indicators of a bundle, and objects that have one of the published extensions."""
    return _chosen(path, lambda each: kind_of(each) is not None or each.get("type") in _INDICATORS)


def read_atlas(path: Path, now: str) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The techniques, mitigations and tactics of ATLAS, and how they are related."""
    found, left = _chosen(path, lambda each: each.get("type") in _ATLAS)
    if not any(each.get("type") == "attack-pattern" for each in found):
        raise Invalid(f"{path.name} holds no technique of ATLAS.", code="atlas.empty")
    return found, left


def write(documents: Sequence[Mapping[str, Any]], organisation: str) -> Exported:
    """A bundle of the objects, with the extension definitions that they refer to."""
    levels = {tlp.level_of(each, lambda _: None, default="red") for each in documents}
    objects = [*definition_objects(), *map(tlp.definition, sorted(levels)), *documents]
    digest = sha256(canonical.encode(objects)).digest()
    bundle = {"type": "bundle", "id": f"bundle--{uuid.UUID(bytes=digest[:16], version=4)}", "objects": objects}
    return Exported(canonical.encode(bundle) + b"\n", len(documents), ())


def _chosen(path: Path, wanted: Any) -> tuple[list[Mapping[str, Any]], list[Left]]:
    document = files.document(path)
    objects = document.get("objects") if isinstance(document, dict) and document.get("type") == "bundle" else None
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        raise Invalid(f"{path.name} is no bundle of STIX objects.", code="import.format")
    if len(objects) > MANY:
        raise Invalid(f"{path.name} holds {len(objects)} objects; at most {MANY} are read.", code="import.too-large")
    found = [each for each in objects if wanted(each)]
    left = [
        Left(str(each.get("id"))[:200], "import.kind", f"Objects of the type {str(each.get('type'))[:60]} aren't kept.")
        for each in objects
        if not wanted(each)
    ]
    return found, left
