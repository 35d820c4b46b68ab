"""Writes shared objects as STIX 2.1."""

from collections.abc import Mapping
from typing import Any

from kept.practices.sharing.methods import templates
from kept.practices.sharing.methods.objects.definitions import DEFINITIONS
from kept.practices.sharing.records.contents import Circumvention, SharedObject

PATTERN_TYPE = "pcre"
"""The patterns are in the syntax that PCRE and RE2 share, and PCRE is the one that STIX's vocabulary names."""


def write(shared: SharedObject) -> dict[str, Any]:
    """The object as STIX says it, with its extension."""
    definition = next(each for each in DEFINITIONS.values() if isinstance(shared.content, each.content))
    content = shared.content.model_dump(mode="json", exclude_none=True)
    found: dict[str, Any] = {
        "type": definition.object_type,
        "spec_version": "2.1",
        "id": shared.id,
        "created": shared.created,
        "modified": shared.modified,
        "name": shared.name,
        "description": shared.description,
    }
    if shared.created_by:
        found["created_by_ref"] = shared.created_by
    if shared.markings:
        found["object_marking_refs"] = list(shared.markings)
    if shared.references:
        found["external_references"] = [_reference(each.source, each.id, each.url) for each in shared.references]
    if isinstance(shared.content, Circumvention):
        found |= {
            "indicator_types": ["malicious-activity"],
            "pattern": templates.pattern_of(shared.content.turns),
            "pattern_type": PATTERN_TYPE,
            "valid_from": shared.created,
        }
    if definition.own_type:
        return found | content | {"extensions": {definition.id: {"extension_type": "new-sdo"}}}
    return found | {"extensions": {definition.id: content}}


def _reference(source: str, named: str, url: str) -> Mapping[str, str]:
    return {"source_name": source, "external_id": named, **({"url": url} if url else {})}
