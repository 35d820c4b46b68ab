"""report.json read strictly: what a report brings along, before any of it is believed."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.reporting.records import REPORT, REPORT_VERSION, Material

LIMIT = 256 * 1024 * 1024
ENTRY_LIMIT = 65_535
SALT_BYTES = 32
ENVELOPE_LIMIT = 8 * 1024 * 1024
TIME = "%Y-%m-%dT%H:%M:%SZ"
MEMBERS = frozenset(
    {
        "kept_report",
        "generator",
        "organisation",
        "as_of",
        "declared",
        "log",
        "statements",
        "outcomes",
        "catalog",
        "derived",
    }
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was found: `materials[i]` and `proofs[i]` belong to entry i of the log."""

    document: Mapping[str, Any]
    encoded: bytes
    generator: str
    organisation: str
    as_of: str
    declared: Mapping[str, Any]
    origin: str
    size: int
    checkpoint: bytes
    materials: tuple[Material, ...]
    proofs: tuple[tuple[bytes, ...], ...]
    outcomes: Mapping[str, bytes]
    catalog: Mapping[str, Any]
    derived: Mapping[str, Any]


def read(data: bytes) -> Report:
    """The report in the bytes of report.json. Raises Invalid, naming where it is wrong."""
    document = canonical.decode(data, limit=LIMIT, what=REPORT)
    if not isinstance(document, dict) or document.get("kept_report") != REPORT_VERSION:
        raise _wrong("kept_report", f"is not {REPORT_VERSION}")
    _exactly(document, MEMBERS, "report.json")
    if _encoded(document) != data:
        raise _wrong("report.json", "is not canonical JSON")
    document = canonical.numbers(document)
    log = _mapping(document, "log")
    _exactly(log, {"origin", "size", "checkpoint", "entries"}, "log")
    entries = [_bytes(item, f"log.entries[{at}]", ENTRY_LIMIT) for at, item in enumerate(_list(log, "entries"))]
    statements = _list(document, "statements")
    if len(statements) != len(entries):
        raise _wrong("statements", f"has {len(statements)} items for {len(entries)} entries")
    pairs = [_material(at, entry, item) for at, (entry, item) in enumerate(zip(entries, statements, strict=True))]
    return Report(
        document=document,
        encoded=data,
        generator=_text(document, "generator"),
        organisation=_text(_mapping(document, "organisation"), "name"),
        as_of=_time(document, "as_of"),
        declared=_mapping(document, "declared"),
        origin=_text(log, "origin"),
        size=_number(log.get("size"), "log.size"),
        checkpoint=_text(log, "checkpoint").encode(),
        materials=tuple(material for material, _ in pairs),
        proofs=tuple(proof for _, proof in pairs),
        outcomes={name: _outcome(name, text) for name, text in _mapping(document, "outcomes").items()},
        catalog=_mapping(document, "catalog"),
        derived=_mapping(document, "derived"),
    )


def _material(at: int, entry: bytes, item: Any) -> tuple[Material, tuple[bytes, ...]]:
    where = f"statements[{at}]"
    if not isinstance(item, dict) or _number(item.get("index"), f"{where}.index") != at:
        raise _wrong(where, f"is not the statement with index {at}")
    if "erased" in item:
        _exactly(item, {"index", "erased"}, where)
        return Material(at, entry, erased_by=_number(item["erased"], f"{where}.erased")), ()
    _exactly(item, {"index", "salt", "envelope", "disclosures", "inclusion"}, where)
    disclosures = tuple(_list(item, "disclosures"))
    if not all(isinstance(disclosure, str) for disclosure in disclosures):
        raise _wrong(f"{where}.disclosures", "holds something else than text")
    proof = tuple(_bytes(part, f"{where}.inclusion", 32) for part in _list(item, "inclusion"))
    material = Material(
        index=at,
        entry=entry,
        salt=_bytes(item["salt"], f"{where}.salt", SALT_BYTES),
        envelope=_bytes(item["envelope"], f"{where}.envelope", ENVELOPE_LIMIT),
        disclosures=disclosures,
    )
    if len(material.salt) != SALT_BYTES:
        raise _wrong(f"{where}.salt", f"has not {SALT_BYTES} bytes")
    return material, proof


def _encoded(document: Any) -> bytes:
    try:
        return canonical.encode(document)
    except (ValueError, UnicodeEncodeError) as error:
        raise _wrong("report.json", f"holds what JSON can't say: {error}") from error


def _bytes(value: Any, where: str, limit: int) -> bytes:
    if not isinstance(value, str) or len(value) > (limit + 2) // 3 * 4:
        raise _wrong(where, f"is not base64 of at most {limit} bytes")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(where, "is not base64") from error
    if base64.b64encode(found).decode() != value:
        raise _wrong(where, "is not canonical base64")
    return found


def _outcome(name: str, text: Any) -> bytes:
    if not isinstance(text, str):
        raise _wrong(f"outcomes[{name!r}]", "is not text")
    return text.encode()


def _exactly(value: Mapping[str, Any], members: set[str] | frozenset[str], where: str) -> None:
    if set(value) != members:
        odd = sorted(set(value) ^ members)[0]
        raise _wrong(where, f"{'lacks' if odd in members else 'has an unknown member'} {odd!r}")


def _mapping(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise _wrong(name, "is not an object")
    return value


def _list(holder: Mapping[str, Any], name: str) -> list[Any]:
    value = holder.get(name)
    if not isinstance(value, list):
        raise _wrong(name, "is not a list")
    return value


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(name, "is not a text")
    return value


def _time(holder: Mapping[str, Any], name: str) -> str:
    value = _text(holder, name)
    try:
        exact = datetime.strptime(value, TIME).strftime(TIME) == value
    except ValueError:
        exact = False
    if not exact:
        raise _wrong(name, "is not a time such as 2026-11-22T07:30:00Z")
    return value


def _number(value: Any, where: str) -> int:
    found = canonical.whole(value)
    if found is None or found < 0:
        raise _wrong(where, "is not a whole number")
    return found


def _wrong(where: str, what: str) -> Invalid:
    return Invalid(f"report.json: {where} {what}.", code="report.malformed")
