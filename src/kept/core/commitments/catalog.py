"""The promises as data: what each one asks for, how long an answer stays valid, and where it is promised.

The data are the TOML files beside this module. `document()` gives them as one plain JSON value, from which
any other implementation (the browser verifier has one) reaches the same status.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from kept.core import canonical
from kept.errors import NotFound

VERSION = "1"
ORDER = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "G1", "G2", "G3")
Scalar = str | int | float | bool
Per = Literal["model", "organisation"]
Assurance = Literal["self", "third party", "reproduced"]
Reading = Literal["met", "stale", "missing", "contradicted"]
Test = Literal["equals", "at least", "at most", "one of"]


@dataclass(frozen=True, slots=True)
class Source:
    """The public text that holds a promise."""

    id: str
    title: str
    publisher: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What one field of a fact must be; `value` is a list for "one of"."""

    field: str
    test: Test
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table inside a fact: each of `keys` needs a row that meets every condition; no keys: one row is enough."""

    field: str
    keys: tuple[str, ...]
    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Opens:
    """The statements that open what this evidence must finish, matched by `field`; their `keys` field lists rows.

    Something opened `grace_days` ago and not finished contradicts the requirement; until then it leaves it missing.
    """

    predicate: str
    field: str
    keys: str
    finished: tuple[Condition, ...]
    grace_days: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """One piece of evidence that a promise asks for.

    `validity_days` counts from the day of issue. `denied` describes a statement that contradicts the promise
    until a later one supports it. `gate`: a release is held back until this is met.
    """

    id: str
    text: str
    predicate: str
    per: Per
    validity_days: int
    assurance: Assurance
    where: tuple[Condition, ...]
    denied: tuple[Condition, ...]
    rows: Rows | None
    opens: Opens | None
    gate: bool


@dataclass(frozen=True, slots=True)
class Commitment:
    """One public promise, in our own words; `frontier`: a recorded decision may find a model out of its scope."""

    id: str
    title: str
    summary: str
    room: str
    source: str
    frontier: bool
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the published table: the state of a promise when `quantifier` of its requirements are in `of`."""

    quantifier: Literal["any", "all"]
    of: tuple[Reading, ...]
    state: Literal["kept", "partly", "stale", "not tested", "not kept"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every promise, its sources, and the table of the rule; `revised` is when they last changed."""

    revised: str
    sources: tuple[Source, ...]
    commitments: tuple[Commitment, ...]
    table: tuple[Case, ...]

    def __iter__(self) -> Iterator[Commitment]:
        return iter(self.commitments)

    def get(self, id: str) -> Commitment:
        """The promise with this id; raises NotFound, naming those that exist."""
        for commitment in self.commitments:
            if commitment.id == id:
                return commitment
        raise NotFound(
            f"There is no commitment {id!r}.",
            code="commitment.unknown",
            hint=f"The commitments are {', '.join(one.id for one in self.commitments)}.",
        )

    def source(self, commitment: Commitment) -> Source:
        """Where this promise was made."""
        return next(source for source in self.sources if source.id == commitment.source)


@cache
def load() -> Catalog:
    """The catalog that ships with this package."""
    head = read("catalog")
    return Catalog(
        revised=head["revised"],
        sources=tuple(Source(**source) for source in head["sources"]),
        commitments=tuple(_commitment(read(id.lower())) for id in ORDER),
        table=tuple(Case(row["quantifier"], tuple(row["of"]), row["state"]) for row in head["table"]),
    )


@cache
def document() -> Mapping[str, Any]:
    """The catalog as plain JSON, with its version and "sha256:<hex>" of the canonical form of all but the digest."""
    held = {"version": VERSION, **plain(asdict(load()))}
    return {**held, "digest": "sha256:" + hashlib.sha256(canonical.encode(held)).hexdigest()}


def read(name: str) -> dict[str, Any]:
    """A TOML file of this package's data, by its name without suffix."""
    return tomllib.loads(resources.files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8"))


def _commitment(data: Mapping[str, Any]) -> Commitment:
    requirements = [requirement for each in data["requirements"] for requirement in _expanded(data["id"], each)]
    kept = {name: data[name] for name in ("id", "title", "summary", "room", "source", "frontier")}
    return Commitment(**kept, requirements=tuple(requirements))


def _expanded(commitment: str, data: Mapping[str, Any]) -> Iterator[Requirement]:
    """One requirement, or one for each key of `each`, whose words replace {name} in the text."""
    each: Mapping[str, str] = data.get("each", {})
    if not each:
        yield requirement(f"{commitment}.{data['id']}", data, data["text"], tuple(data.get("rows", {}).get("keys", ())))
    for key, words in each.items():
        yield requirement(f"{commitment}.{data['id']}.{key}", data, data["text"].replace("{name}", words), (key,))


def requirement(id: str, data: Mapping[str, Any], text: str, keys: tuple[str, ...] = ()) -> Requirement:
    """A requirement as its TOML table has it; rooms that rest on evidence by the same rule keep such tables too."""
    rows, opens = data.get("rows"), data.get("opens")
    return Requirement(
        id=id,
        text=text,
        predicate=data["predicate"],
        per=data["per"],
        validity_days=data["validity_days"],
        assurance=data.get("assurance", "self"),
        where=_conditions(data.get("where", ())),
        denied=_conditions(data.get("denied", ())),
        rows=Rows(rows["field"], keys, _conditions(rows["where"])) if rows else None,
        opens=Opens(**{**opens, "finished": _conditions(opens["finished"])}) if opens else None,
        gate=data.get("gate", False),
    )


def _conditions(rows: Any) -> tuple[Condition, ...]:
    return tuple(
        Condition(row["field"], row["test"], tuple(row["value"]) if isinstance(row["value"], list) else row["value"])
        for row in rows
    )


def plain(value: Any) -> Any:
    """The value with every mapping as a dict and every sequence as a list, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: plain(held) for key, held in value.items()}
    return [plain(held) for held in value] if isinstance(value, list | tuple) else value
