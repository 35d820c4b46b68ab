"""Reads shared objects from STIX 2.1: strict about what the extension says, patient about what STIX allows besides."""

import re
from collections.abc import Mapping
from typing import Any

from kept.core.canonical import encode
from kept.errors import Invalid, Unverified
from kept.practices.sharing.methods import templates
from kept.practices.sharing.methods.objects.definitions import DEFINITIONS, Definition
from kept.practices.sharing.methods.objects.making import fingerprints, sketch
from kept.practices.sharing.records.contents import Circumvention, Content, Reference, SharedObject

LARGEST = 256 * 1024
"""How many bytes of canonical JSON an object has at most."""
_NAME, _DESCRIPTION, _MANY = 256, 20_000, 64
_ID = re.compile(r"[a-z][a-z0-9-]{2,249}--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:\.[0-9]{1,9})?Z")
_COMMON = frozenset(
    "type spec_version id created modified created_by_ref revoked labels confidence lang external_references "
    "object_marking_refs granular_markings extensions name description".split()
)


def kind_of(document: Mapping[str, Any]) -> str | None:
    """Which of the published extensions a STIX object has, or None."""
    extensions = document.get("extensions")
    if not isinstance(extensions, Mapping):
        return None
    return next((name for name, each in DEFINITIONS.items() if each.id in extensions), None)


def read(document: Mapping[str, Any]) -> SharedObject:
    """The shared object that a STIX object is.

    Raises Invalid, naming what is wrong; Unverified where fingerprints don't follow from their template, so that
    nothing can be hidden in them.
    """
    kind = kind_of(document)
    if kind is None:
        raise Invalid("The object has none of the published extensions.", code="object.kind")
    content = content_of(document, kind)
    if isinstance(content, Circumvention) and fingerprints(content.turns, content.slots) != (
        content.sketch,
        content.minhash,
    ):
        raise _foreign()
    return SharedObject(
        id=_text(document, "id", _ID),
        created=_text(document, "created", _TIME),
        modified=_text(document, "modified", _TIME),
        name=_words(document, "name", _NAME),
        description=_words(document, "description", _DESCRIPTION),
        content=content,
        created_by=_text(document, "created_by_ref", _ID, optional=True),
        markings=tuple(_ids(document, "object_marking_refs")),
        references=tuple(_references(document)),
    )


def sketch_of_pattern(document: Mapping[str, Any]) -> str:
    """The sketch of a circumvention pattern, in base64; all else that it says is left unread.

    Raises Invalid, naming what is wrong; Unverified where the sketch doesn't follow from the template.
    """
    content = content_of(document, "circumvention-pattern")
    if not isinstance(content, Circumvention):
        raise Invalid("The object is no circumvention pattern.", code="object.kind")
    if sketch(content.turns, content.slots) != content.sketch:
        raise _foreign()
    return content.sketch


def content_of(document: Mapping[str, Any], kind: str) -> Content:
    """What the extension of a kind holds; a template's slots agree with its turns. Raises Invalid."""
    definition = DEFINITIONS[kind]
    if document.get("type") != definition.object_type:
        raise Invalid(f"{kind} extends {definition.object_type}, not {document.get('type')!r:.80}.", code="object.type")
    if _size(document) > LARGEST:
        raise Invalid(f"The object has more than {LARGEST} bytes.", code="object.too-large")
    content = _content(document, definition)
    if isinstance(content, Circumvention):
        templates.check(content.turns, content.slots)
    return content


def _size(document: Mapping[str, Any]) -> int:
    try:
        return len(encode(dict(document)))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The object can't be written as JSON: {error}.", code="object.malformed") from error


def _content(document: Mapping[str, Any], definition: Definition) -> Content:
    extension = document["extensions"][definition.id]
    if not isinstance(extension, Mapping):
        raise Invalid(f"The extension {definition.name} is no object.", code="object.extension")
    if definition.own_type:
        if extension.get("extension_type") != "new-sdo":
            raise Invalid(f"The extension {definition.name} makes a type of its own.", code="object.extension")
        extension = {name: value for name, value in document.items() if name not in _COMMON}
    return definition.content.read(encode(dict(extension)))


def _foreign() -> Unverified:
    return Unverified(
        "The fingerprints don't follow from the template.",
        code="object.fingerprints",
        hint="Something else is in them: ask who shared it.",
    )


def _text(document: Mapping[str, Any], name: str, shape: re.Pattern[str], *, optional: bool = False) -> str:
    value = document.get(name, "" if optional else None)
    if optional and value == "":
        return ""
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise Invalid(f"{name} is {value!r:.80}, which is no such thing in STIX 2.1.", code="object.malformed")
    return value


def _words(document: Mapping[str, Any], name: str, longest: int) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or len(value) > longest or not value.replace("\n", " ").isprintable():
        raise Invalid(f"{name} is no plain text of {longest} characters at most.", code="object.malformed")
    return value


def _ids(document: Mapping[str, Any], name: str) -> list[str]:
    values = document.get(name, [])
    if not isinstance(values, list) or len(values) > _MANY:
        raise Invalid(f"{name} is no list of {_MANY} ids at most.", code="object.malformed")
    return [_text({name: value}, name, _ID) for value in values]


def _references(document: Mapping[str, Any]) -> list[Reference]:
    values = document.get("external_references", [])
    if not isinstance(values, list) or len(values) > _MANY or not all(isinstance(each, Mapping) for each in values):
        raise Invalid(f"external_references is no list of {_MANY} objects at most.", code="object.malformed")
    return [Reference(*(_words(each, name, 2000) for name in ("source_name", "external_id", "url"))) for each in values]
