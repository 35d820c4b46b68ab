"""Decision tables as data: questions with few answers each, and an outcome for every combination of them.

The SSVC tables are those that CISA and CERT/CC publish (https://certcc.github.io/SSVC/), with words of our own.
"""

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kept.errors import Invalid, NotFound

SSVC = ("cisa-coordinator", "coordinator-triage", "coordinator-publication", "supplier")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: its name, its words, and its answers, the mildest first where they have an order."""

    name: str
    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table; `rows` holds an outcome for every combination of answers, in the order of the asks."""

    id: str
    title: str
    source: str
    asks: tuple[Ask, ...]
    outcomes: Mapping[str, str]
    rows: Mapping[tuple[str, ...], str]

    def decide(self, answers: Mapping[str, str]) -> str:
        """The outcome for one answer to each ask. Raises Invalid for one missing, one too many, or none of its own."""
        for ask in self.asks:
            if answers.get(ask.name) not in ask.values:
                given = answers.get(ask.name)
                raise Invalid(
                    f"{self.title}: {ask.name!r} has no answer {given[:40]!r}."
                    if given
                    else f"{self.title}: {ask.name!r} has no answer.",
                    code="triage.answer",
                    hint=f"Answers: {', '.join(ask.values)}.",
                )
        if unknown := sorted(set(answers) - {ask.name for ask in self.asks}):
            raise Invalid(f"{self.title} doesn't ask about {unknown[0][:40]!r}.", code="triage.answer")
        return self.rows[tuple(answers[ask.name] for ask in self.asks)]

    def combinations(self) -> Iterator[tuple[str, ...]]:
        """Every combination of answers."""
        return itertools.product(*(ask.values for ask in self.asks))


@cache
def ssvc(name: str) -> Table:
    """The SSVC table of that name. Raises NotFound for another."""
    if name not in SSVC:
        raise NotFound(f"There is no decision table {name[:40]!r}.", hint=f"Tables: {', '.join(SSVC)}.")
    return read(document(name))


def document(name: str) -> Mapping[str, Any]:
    """A file of tables that ships with this package."""
    text = resources.files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def read(data: Mapping[str, Any]) -> Table:
    """A table from its data. Raises Invalid for one that lacks a combination, or has one or an outcome too many."""
    asks = tuple(Ask(each["name"], each["text"], tuple(each["values"])) for each in data["asks"])
    outcomes = dict(data["outcomes"])
    rows = dict(_rows(data["table"], asks))
    table = Table(data["id"], data["title"], data["source"], asks, outcomes, rows)
    combinations = set(table.combinations())
    if set(rows) != combinations or set(rows.values()) != set(outcomes):
        raise Invalid(
            f"The decision table {table.id} has not exactly one outcome for each of {len(combinations)} combinations.",
            code="triage.table",
        )
    return table


def _rows(table: Mapping[str, Sequence[str]], asks: Sequence[Ask]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The rows are written by the first answers, with an outcome for each combination of the others."""
    for key, outcomes in table.items():
        first = tuple(key.split(", ")) if key else ()
        rest = itertools.product(*(ask.values for ask in asks[len(first) :]))
        for last, outcome in zip(rest, outcomes, strict=True):
            yield (*first, *last), outcome
