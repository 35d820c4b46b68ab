"""Data sets of others by name: where they come from, at which revision, under which licence, and how they are read."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from kept.core import canonical
from kept.errors import Invalid, NotFound

LIMIT = 64 * 1024 * 1024
ITEMS_LIMIT = 200_000
TEXT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """A set as the registry describes it; `text`, `id` and `category` name columns, `only` what a row must say.

    `judge` decides on an answer; empty where the set is measured by other means.
    """

    name: str
    title: str
    upstream: str
    revision: str
    file: str
    licence: str
    format: Literal["csv", "json lines", "json behaviours"]
    text: str
    id: str
    category: str
    measures: str
    expected: Literal["refusal", "answer"]
    hazard: str
    judge: str = ""
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One text of a set. It stays in the private store."""

    id: str
    category: str
    text: str = field(repr=False)


@cache
def datasets() -> Mapping[str, Dataset]:
    """Every set that is known, by name."""
    text = (files(__package__) / "datasets.toml").read_text("utf-8")
    return {name: Dataset(name=name, **table) for name, table in tomllib.loads(text).items()}


def dataset(name: str) -> Dataset:
    """One set. Raises NotFound."""
    found = datasets().get(name)
    if found is None:
        raise NotFound(
            f"There is no data set {name[:64]!r}.", code="dataset.unknown", hint=f"Known: {', '.join(datasets())}."
        )
    return found


def read(data: bytes, described: Dataset) -> tuple[Item, ...]:
    """The items of a set of at most 64 MiB. Raises Invalid for another format, a missing column, or repeated items."""
    if len(data) > LIMIT:
        raise Invalid(f"The file has more than {LIMIT} bytes.", code="dataset.too-large")
    items = [
        _item(row, number, described) for number, row in enumerate(_rows(data, described)) if _wanted(row, described)
    ]
    if not items:
        raise _wrong(described, "it holds no item")
    for what, values in (("id", [item.id for item in items]), ("text", [item.text for item in items])):
        if len(set(values)) != len(values):
            twice = next(value for value in values if values.count(value) > 1) if what == "id" else "an item"
            raise _wrong(described, f"the {what} of {twice[:64]!r} comes twice")
    return tuple(items)


def _rows(data: bytes, described: Dataset) -> Iterator[Mapping[str, Any]]:
    what = f"The file of {described.name}"
    if described.format == "csv":
        yield from _csv_rows(data, described)
    elif described.format == "json lines":
        for number, line in enumerate(data.splitlines(), start=1):
            if line.strip():
                yield _object(canonical.decode(line, limit=LIMIT, what=f"{what}, line {number},"), described)
    else:
        document = _object(canonical.decode(data, limit=LIMIT, what=what), described)
        behaviours = document.get("behaviors")
        if not isinstance(behaviours, list):
            raise _wrong(described, 'it has no list of "behaviors"')
        for behaviour in behaviours:
            yield _object(behaviour, described)


def _csv_rows(data: bytes, described: Dataset) -> Iterator[Mapping[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(described, f"it is not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise _wrong(described, f"the row at line {reader.line_num} has another number of columns")
            yield row
    except csv.Error as error:
        raise _wrong(described, f"it is no CSV at line {reader.line_num}: {error}") from error


def _wanted(row: Mapping[str, Any], described: Dataset) -> bool:
    missing = [name for name in described.only if name not in row]
    if missing:
        raise _wrong(described, f"it has no column {missing[0]!r}")
    return all(row[name] == value for name, value in described.only.items())


def _item(row: Mapping[str, Any], number: int, described: Dataset) -> Item:
    if number >= ITEMS_LIMIT:
        raise _wrong(described, f"it has more than {ITEMS_LIMIT} items")
    for name in filter(None, (described.text, described.id, described.category)):
        if name not in row:
            raise _wrong(described, f"it has no column {name!r}")
    text = row[described.text]
    if not isinstance(text, str) or not 0 < len(text) <= TEXT_LIMIT:
        raise _wrong(described, f"a text has not 1 to {TEXT_LIMIT} characters")
    id = str(row[described.id]) if described.id else str(number)
    return Item(id[:256], str(row[described.category])[:256] if described.category else "", text)


def _object(value: Any, described: Dataset) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(described, "an item is no object")
    return value


def _wrong(described: Dataset, what: str) -> Invalid:
    return Invalid(
        f"This is not {described.title}: {what}.",
        code="dataset.malformed",
        hint=f"Get {described.file} from {described.upstream} at {described.revision}.",
    )
