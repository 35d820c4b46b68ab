"""Any log with one access a line, as CSV or JSON lines, by a mapping from fields to columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

from kept.errors import Invalid
from kept.practices.weights.backends.access_logs.lines import FIELD_LIMIT, bad, lines, moment, rows
from kept.practices.weights.records.insiders import AccessEvent, Outcome

FIELDS = (
    "moment",
    "actor",
    "outcome",
    "file",
    "tensors",
    "bytes",
    "team",
    "role",
    "host",
    "purpose",
    "lease",
    "other",
    "code",
    "decoy",
)
_MOST_BYTES = 1 << 62
# How other systems call what was done.
_OUTCOMES: Mapping[str, Outcome] = {
    "": "read",
    "read": "read",
    "get": "read",
    "open": "read",
    "download": "export",
    "export": "export",
    "refused": "refused",
    "denied": "refused",
    "403": "refused",
    "401": "refused",
    "request": "request",
    "approval": "approval",
    "approve": "approval",
}
_TRUE = frozenset({"true", "1", "yes"})


def read_csv(path: str, *, mapping: Sequence[str] = (), zone: tzinfo) -> Iterator[AccessEvent]:
    """The accesses of a CSV file with a first line of names. Raises Invalid, naming the line."""
    columns = read_mapping(mapping)
    place = Path(path)
    for number, row in rows(place):
        yield _event(row, columns, place, number, zone)


def read_lines(path: str, *, mapping: Sequence[str] = (), zone: tzinfo) -> Iterator[AccessEvent]:
    """The accesses of a file with one JSON object a line; "a.b" names a field within one. Raises Invalid."""
    columns = read_mapping(mapping)
    place = Path(path)
    for number, line in lines(place):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise bad(place, number, "is no JSON") from error
        if not isinstance(row, dict):
            raise bad(place, number, "is no JSON object")
        yield _event(row, columns, place, number, zone)


def read_mapping(mapping: Sequence[str]) -> dict[str, str]:
    """The column of each field, those of its own name where nothing is said. Raises Invalid for an unknown field."""
    columns = {field: field for field in FIELDS}
    for each in mapping:
        field, _, column = each.partition("=")
        if field not in columns or not column:
            raise Invalid(
                f"{each[:80]!r} maps no field of an access.",
                code="import.mapping",
                hint=f"FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}",
            )
        columns[field] = column
    return columns


def _event(row: Mapping[str, Any], columns: Mapping[str, str], path: Path, number: int, zone: tzinfo) -> AccessEvent:
    said = {field: _text(row, column)[:FIELD_LIMIT] for field, column in columns.items()}
    if not said["actor"]:
        raise bad(path, number, f"names nobody in {columns['actor']!r}")
    outcome = _OUTCOMES.get(said["outcome"].strip().lower())
    if outcome is None:
        raise bad(path, number, f"says {said['outcome'][:40]!r}, which is no outcome of an access")
    size = said["bytes"].strip() or "0"
    try:
        count = int(float(size))
    except (ValueError, OverflowError) as error:
        raise bad(path, number, f"has {size[:40]!r} bytes") from error
    if not 0 <= count < _MOST_BYTES:
        raise bad(path, number, f"has {size[:40]!r} bytes")
    texts = {field: said[field] for field in FIELDS if field not in ("moment", "outcome", "bytes", "decoy")}
    return AccessEvent(
        moment=moment(said["moment"], zone, path, number),
        outcome=outcome,
        bytes=count,
        decoy=said["decoy"].strip().lower() in _TRUE,
        number=number,
        **texts,
    )


def _text(row: Mapping[str, Any], column: str) -> str:
    value: Any = row.get(column)
    if value is None and "." in column:
        value = row
        for part in column.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None or isinstance(value, dict | list) else str(value)
