"""Where other frameworks ask for the same or a neighbouring thing: by id and name, with source and date.

Names are theirs, or short labels of ours where a framework has only sentences; no text is carried over.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from kept.core.commitments.catalog import read
from kept.errors import NotFound

FILES = ("nist-ai-rmf", "nist-ai-600-1", "fmti-2025-12", "eu-gpai-code", "ca-sb-53")
Relation = Literal["equivalent", "subset", "intersects"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a framework asks for, or one risk that it names."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Framework:
    """A text that the promises are compared with; `names` says whose words the items' names are ("theirs", "ours")."""

    id: str
    title: str
    publisher: str
    url: str
    date: str
    names: Literal["theirs", "ours"]
    licence: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison.

    "equivalent": the item and the promise ask for the same thing; "subset": the item is a part of the promise;
    "intersects": they overlap, and either asks for more than the other in places.
    """

    commitment: str
    framework: str
    id: str
    name: str
    relation: Relation
    note: str


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework, with all of its items that this catalog knows, compared or not."""
    return tuple(_framework(file) for file in FILES)


def rows(framework: str | None = None) -> tuple[Row, ...]:
    """The comparisons with one framework, or with all; raises NotFound, naming the frameworks that exist."""
    known = [each.id for each in frameworks()]
    if framework is not None and framework not in known:
        raise NotFound(
            f"There is no crosswalk to {framework!r}.",
            code="crosswalk.unknown",
            hint=f"The crosswalks are {', '.join(known)}.",
        )
    return tuple(row for row in _rows() if framework in (None, row.framework))


@cache
def _rows() -> tuple[Row, ...]:
    found = []
    for framework, file in zip(frameworks(), FILES, strict=True):
        names = {item.id: item.name for item in framework.items}
        found += [
            Row(commitment, framework.id, id, names[id], relation, note)
            for commitment, id, relation, note in read(f"crosswalk-{file}")["rows"]
        ]
    return tuple(found)


def _framework(file: str) -> Framework:
    data = read(f"crosswalk-{file}")
    head = {name: data[name] for name in ("id", "title", "publisher", "url", "date", "names", "licence")}
    return Framework(**head, items=tuple(Item(id, name) for id, name in data["items"]))
