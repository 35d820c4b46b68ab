"""Objects of STIX 2.1 as they come in: whether each is one, which version of it, and its one spelling.

What is checked is what a store and its readers stand on: identity, version and the properties that the standard
requires of each of its own types (STIX 2.1, OASIS Standard). Content is stored, never run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from kept.errors import Invalid
from kept.practices.sharing.methods.jcs import canonical

OBJECT_LIMIT = 256 * 1024
"""How many bytes one object may have."""

_ID = re.compile(
    r"([a-z][a-z0-9-]{1,248}[a-z0-9])--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_PROPERTY = re.compile(r"[a-z0-9_]{1,250}")
_OBSERVABLES = frozenset(
    "artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex "
    "network-traffic process software url user-account windows-registry-key x509-certificate".split()
)
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    name: tuple(properties.split())
    for name, properties in {
        "attack-pattern": "name",
        "campaign": "name",
        "course-of-action": "name",
        "extension-definition": "created_by_ref name schema version extension_types",
        "grouping": "context object_refs",
        "identity": "name",
        "incident": "name",
        "indicator": "pattern pattern_type valid_from",
        "infrastructure": "name",
        "intrusion-set": "name",
        "language-content": "object_ref contents",
        "malware": "is_family",
        "malware-analysis": "product",
        "note": "content object_refs",
        "observed-data": "first_observed last_observed number_observed",
        "opinion": "opinion object_refs",
        "relationship": "relationship_type source_ref target_ref",
        "report": "name published object_refs",
        "sighting": "sighting_of_ref",
        "threat-actor": "name",
        "tool": "name",
        "vulnerability": "name",
    }.items()
}
_TIMES = ("created", "modified", "valid_from", "valid_until", "first_observed", "last_observed", "published")
_NEVER = ""
_LONGEST_TIME = 40


@dataclass(frozen=True, slots=True)
class Parsed:
    """An object: `version` orders versions as text, and is "" for one that has none; `body` is its one spelling."""

    id: str
    kind: str
    version: str
    body: bytes
    document: Mapping[str, Any]


def parse(document: Any) -> Parsed:
    """The object in a JSON value. Raises Invalid, saying what is wrong and where."""
    if not isinstance(document, dict):
        raise _wrong("it is not a JSON object")
    kind, identifier = document.get("type"), document.get("id")
    if not isinstance(kind, str) or not isinstance(identifier, str):
        raise _wrong('it needs "type" and "id"')
    match = _ID.fullmatch(identifier)
    if match is None or match[1] != kind or kind == "bundle":
        raise _wrong('"id" is not its type, two hyphens and a UUID')
    _check_properties(document)
    version = _version(document, kind)
    try:
        body = canonical(document)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"it can't be written as JSON: {error}") from error
    if len(body) > OBJECT_LIMIT:
        raise _wrong(f"it has {len(body)} bytes; at most {OBJECT_LIMIT} are taken")
    return Parsed(identifier, kind, version, body, document)


def is_id(text: str) -> bool:
    """Whether a text is an id of STIX: a type, two hyphens and a UUID."""
    return _ID.fullmatch(text) is not None


def sortable(time: Any) -> str:
    """A time of STIX as a text that sorts by time: without its Z and without zeros that say nothing. Raises Invalid."""
    if not isinstance(time, str) or len(time) > _LONGEST_TIME:
        raise _no_time(time)
    return _sorting(time)


@lru_cache(maxsize=4096)
def _sorting(time: str) -> str:
    match = _TIME.fullmatch(time)
    if match is None:
        raise _no_time(time)
    # A leap second is a time of STIX, and none of Python's.
    whole = time[:17] + "59" if match[6] == "60" else time[:19]
    try:
        datetime.fromisoformat(whole)
    except ValueError as error:
        raise Invalid(f"{time!r} is no time: {error}.", code="sharing.time") from error
    fraction = (match[7] or "").rstrip("0")
    return time[:19] + (f".{fraction}" if fraction else "")


def _no_time(given: Any) -> Invalid:
    return Invalid(
        f"{str(given)[:40]!r} is no time.", code="sharing.time", hint="Write it as 2026-11-22T07:30:00.000Z."
    )


def shown(version: str) -> str:
    """A sortable time as STIX writes it, with milliseconds at least."""
    whole, _, fraction = version.partition(".")
    return f"{whole}.{fraction:0<3}Z"


def _check_properties(document: Mapping[str, Any]) -> None:
    for name, value in document.items():
        if not _names_a_property(name):
            raise _wrong(f"{name[:60]!r} names no property")
        # Texts, by far the most, are never nothing.
        if type(value) is not str and (value is None or value == [] or value == {}):
            raise _wrong(f'"{name}" is empty')


@lru_cache(maxsize=4096)
def _names_a_property(name: str) -> bool:
    return len(name) <= 250 and _PROPERTY.fullmatch(name) is not None


def _version(document: Mapping[str, Any], kind: str) -> str:
    specification = document.get("spec_version")
    observable = kind in _OBSERVABLES
    if specification != "2.1" and not (observable and specification is None):
        raise _wrong('"spec_version" is not "2.1"')
    for name in _REQUIRED.get(kind, ()):
        if name not in document:
            raise _wrong(f'"{name}" is missing')
    times = {name: _time(document, name) for name in _TIMES if name in document}
    created, modified = times.get("created", _NEVER), times.get("modified", _NEVER)
    if observable:
        return modified or created
    if not created:
        raise _wrong('"created" is missing')
    if kind == "marking-definition":
        return created
    if not modified and "extensions" not in document:
        raise _wrong('"modified" is missing')
    if modified and modified < created:
        raise _wrong('"modified" is before "created"')
    return modified or created


def _time(document: Mapping[str, Any], name: str) -> str:
    try:
        return sortable(document[name])
    except Invalid as error:
        raise _wrong(f'"{name}" is no time') from error


def _wrong(why: str) -> Invalid:
    return Invalid(f"This is no object of STIX 2.1: {why}.", code="object.malformed")
