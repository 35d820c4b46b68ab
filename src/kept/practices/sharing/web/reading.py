"""A shared object as people read it: whatever a partner wrote is words, and what can't be read is shown as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kept.core.canonical import encode
from kept.errors import Invalid, KeptError
from kept.practices.sharing.methods import objects
from kept.practices.sharing.methods.sightings import EXTENSION
from kept.practices.sharing.records.contents import Circumvention, Content, Reference, ReplaySighting

_SLOT = re.compile(r"(\{[a-z][a-z0-9_]{0,31}\})")
_LONGEST, _WHOLE = 20_000, 1_000_000
# Of a STIX object without an extension of ours, what people ask for first.
_TEXTS = ("pattern", "pattern_type", "content", "abstract", "sighting_of_ref", "relationship_type", "created_by_ref")


@dataclass(frozen=True, slots=True)
class Readable:
    """What a page shows of an object: `content` where it has one of our extensions, and `why` it can't be read.

    `turns` are those of a pattern in pieces, each with whether it is a slot; `plain` are fields of any other object.
    """

    id: str
    type: str
    name: str
    description: str
    created: str
    modified: str
    content: Content | ReplaySighting | None
    kind: str
    turns: tuple[tuple[tuple[str, bool], ...], ...]
    references: tuple[Reference, ...]
    plain: tuple[tuple[str, str], ...]
    whole: str
    why: KeptError | None = None


def readable(document: Mapping[str, Any]) -> Readable:
    """The object as it is shown. It raises nothing, whatever the object holds."""
    content, why, references = _content(document)
    turns = content.turns if isinstance(content, Circumvention) else ()
    return Readable(
        id=_text(document, "id"),
        type=_text(document, "type"),
        name=_text(document, "name"),
        description=_text(document, "description"),
        created=_text(document, "created"),
        modified=_text(document, "modified"),
        content=content,
        kind=objects.kind_of(document) or "",
        turns=tuple(tuple(_pieces(turn)) for turn in turns),
        references=references,
        plain=tuple((name, value) for name in _TEXTS if (value := _text(document, name))),
        whole=_whole(document),
        why=why,
    )


def _content(
    document: Mapping[str, Any],
) -> tuple[Content | ReplaySighting | None, KeptError | None, tuple[Reference, ...]]:
    """What the extension holds, or why that can't be read, and what the object refers to."""
    try:
        if objects.kind_of(document) is not None:
            shared = objects.read(document)
            return shared.content, None, shared.references
        said = _extension(document)
        seen = ReplaySighting.read(encode(said)) if said is not None else None
    except KeptError as error:
        return None, error, ()
    except (ValueError, RecursionError) as error:
        return None, Invalid(f"Its extension can't be read: {error}.", code="object.malformed"), ()
    return seen, None, tuple(_references(document))


def _extension(document: Mapping[str, Any]) -> dict[str, Any] | None:
    extensions = document.get("extensions")
    said = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    return said if isinstance(said, dict) else None


def _references(document: Mapping[str, Any]) -> Iterator[Reference]:
    found = document.get("external_references")
    for each in found[:64] if isinstance(found, list) else ():
        if isinstance(each, Mapping):
            yield Reference(_text(each, "source_name"), _text(each, "external_id"), _text(each, "url"))


def _whole(document: Mapping[str, Any]) -> str:
    """All of it, in lines; one that is nested too deeply for that, in one line."""
    try:
        return json.dumps(document, ensure_ascii=False, indent=2)[:_WHOLE]
    except RecursionError:
        return json.dumps(document, ensure_ascii=False)[:_WHOLE]


def _pieces(turn: str) -> Iterator[tuple[str, bool]]:
    for piece in _SLOT.split(turn):
        if piece:
            yield piece, bool(_SLOT.fullmatch(piece))


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""
