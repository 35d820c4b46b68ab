"""MISP events: each shared object as a MISP object, with its STIX in full, and prompts of others as indicators."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.sharing.backends import files
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.matching.programs import of_words
from kept.practices.sharing.methods.objects import id_of, kind_of
from kept.practices.sharing.methods.stix import OBJECT_LIMIT
from kept.practices.sharing.records.library import Exported, Left
from kept.practices.sharing.records.markings import strictest

MANY = 5000
LONGEST_PROMPT = 2000
_TEMPLATE = "kept-shared-object"
_PROMPTS = ("ai-chat-prompt", "ai-prompt", "prompt")


def write(documents: Sequence[Mapping[str, Any]], organisation: str) -> Exported:
    """An event of the objects; its distribution is MISP's strictest, and its tag their strictest level of TLP."""
    newest = max(str(each.get("modified", "1970-01-01")) for each in documents)
    # A leap second is a time of STIX, and none of Python's.
    seen = datetime.fromisoformat(newest.replace(":60", ":59"))
    event = {
        "uuid": _uuid("event", *(str(each["id"]) for each in documents), newest),
        "info": f"Shared by {organisation}",
        "date": newest[:10],
        "timestamp": str(int(seen.timestamp())),
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": False,
        "Tag": [{"name": f"tlp:{_level(documents)}"}],
        "Object": [_object(each) for each in documents],
    }
    return Exported(json.dumps({"Event": event}, ensure_ascii=False, indent=1).encode() + b"\n", len(documents), ())


def read(path: Path, now: str) -> tuple[list[Mapping[str, Any]], list[Left]]:
    """The objects of events: those with STIX as it was written here, and prompts that another tool recorded."""
    document = files.document(path)
    events = document.get("response", [document]) if isinstance(document, dict) else document
    if not isinstance(events, list) or not events:
        raise Invalid(f"{path.name} is no event of MISP.", code="import.format")
    found: list[Mapping[str, Any]] = []
    left: list[Left] = []
    for event in events:
        # Tools write an event with its wrapper and without.
        body = event.get("Event", event) if isinstance(event, dict) else None
        if not isinstance(body, dict) or not isinstance(body.get("info"), str):
            raise Invalid(f"{path.name} is no event of MISP.", code="import.format")
        info = body["info"][:200]
        for each in _things(body):
            made = _read(each, info, now)
            if isinstance(made, Left):
                left.append(made)
            else:
                found.append(made)
    return found, left


def _object(document: Mapping[str, Any]) -> dict[str, Any]:
    named = str(document["id"])
    attributes = {"name": document.get("name", ""), "kind": kind_of(document) or document["type"]}
    attributes |= {"description": document.get("description", ""), "pattern": document.get("pattern", "")}
    attributes["stix"] = canonical.encode(dict(document)).decode()
    return {
        "name": _TEMPLATE,
        "meta-category": "misc",
        "description": "An object of STIX 2.1 with an extension of kept.",
        "template_uuid": _uuid("template", _TEMPLATE),
        "template_version": "1",
        "uuid": _uuid("object", named),
        "Attribute": [
            {
                "uuid": _uuid("attribute", named, relation),
                "object_relation": relation,
                "type": "text",
                "category": "Other",
                "to_ids": False,
                "value": str(value),
            }
            for relation, value in attributes.items()
            if value
        ],
    }


def _things(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each object of an event, and each attribute outside of one as an object of its own."""
    objects, attributes = event.get("Object", []), event.get("Attribute", [])
    if not isinstance(objects, list) or not isinstance(attributes, list) or len(objects) + len(attributes) > MANY:
        raise Invalid(f"An event has no lists of {MANY} objects and attributes at most.", code="import.too-large")
    for each in objects:
        yield each if isinstance(each, dict) else {"name": "?"}
    for each in attributes:
        kind = str(each.get("type")) if isinstance(each, dict) else "?"
        yield {"name": f"attribute of the type {kind[:60]}", "Attribute": []}


def _read(thing: Mapping[str, Any], info: str, now: str) -> Mapping[str, Any] | Left:
    try:
        return _made(thing, info, now)
    except Invalid as error:
        return Left(info, error.code, error.message)


def _made(thing: Mapping[str, Any], info: str, now: str) -> Mapping[str, Any] | Left:
    attributes = thing.get("Attribute", [])
    name = str(thing.get("name"))[:100]
    values = {
        str(each.get("object_relation")): each["value"]
        for each in (attributes if isinstance(attributes, list) else ())
        if isinstance(each, dict) and isinstance(each.get("value"), str)
    }
    if name == _TEMPLATE and "stix" in values:
        try:
            written = values["stix"].encode("utf-8", "surrogatepass")
            document = canonical.decode(written, limit=OBJECT_LIMIT, what="The STIX of an object")
        except Invalid as error:
            return Left(values.get("name", name)[:200], error.code, error.message)
        return document if isinstance(document, dict) else Left(name, "import.format", "Its STIX is no object.")
    if name in _PROMPTS and values.get("prompt", "").strip():
        return _prompt(values["prompt"], info, now)
    return Left(name, "import.kind", f"A {name} of MISP says nothing that prompts are matched by.")


def _prompt(prompt: str, info: str, now: str) -> Mapping[str, Any] | Left:
    if len(prompt) > LONGEST_PROMPT:
        return Left(info, "import.too-large", f"A prompt of {len(prompt)} characters is longer than {LONGEST_PROMPT}.")
    moment = now.removesuffix("Z") + ".000Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": id_of("indicator", "misp", prompt),
        "created": moment,
        "modified": moment,
        "name": info,
        "description": prompt,
        "indicator_types": ["malicious-activity"],
        "pattern": of_words(prompt),
        "pattern_type": "pcre",
        "valid_from": moment,
    }


def _level(documents: Sequence[Mapping[str, Any]]) -> str:
    levels = [tlp.level_of(each, lambda _: None, default="red") for each in documents]
    return strictest(levels[0], *levels[1:])


def _uuid(*parts: str) -> str:
    return str(uuid.UUID(bytes=sha256(canonical.encode(["misp", *parts])).digest()[:16], version=4))
