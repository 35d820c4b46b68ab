"""A statement's fields are refused by the browser exactly where Python's readers refuse them."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from pydantic import ValidationError

from kept.predicates import schemas
from kept.predicates.predicate import Predicate
from simulators.campaigns import Design
from simulators.provider import Provider

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    1.0,
    40.0,
    2**53 - 1,
    float(2**53),
    2**53 + 1,
    2**60,
    1e300,
    "",
    "x",
    "sha256:" + "0" * 64,
    "x" * 300,
    [],
    [None],
    {},
    {"x": 1},
    "é\n",
)
Path_ = tuple[str | int, ...]


def paths(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, each in inner:
        yield from paths(each, (*path, name))


def changed(document: Any, path: Path_, value: Any, *, drop: bool = False, more: bool = False) -> Any:
    """The document with another value at the end of a path; what lies beside the path is shared with it."""
    first, *rest = path
    made = copy.copy(document)
    if rest:
        made[first] = changed(document[first], tuple(rest), value, drop=drop, more=more)
    elif drop:
        del made[first]
    elif more:
        made["unheard-of"] = value
    else:
        made[first] = value
    return made


def in_fractions(value: Any) -> Any:
    """Every whole number written as 48.0 is."""
    if isinstance(value, dict):
        return {name: in_fractions(each) for name, each in value.items()}
    if isinstance(value, list):
        return [in_fractions(each) for each in value]
    return float(value) if type(value) is int else value


def variants(document: Any) -> Iterator[Any]:
    yield document
    yield in_fractions(document)
    for path in paths(document):
        for value in ODD:
            yield changed(document, path, value)
        yield changed(document, path, None, drop=True)
        if isinstance(path[-1], str):
            yield changed(document, path, 1, more=True)


def accepted(kind: type[Predicate], document: Any) -> bool | None:
    """Whether Python takes it; None where only a rule over several fields refuses."""
    try:
        kind.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        rules = [each["loc"] for each in error.errors() if each["type"] == "value_error"]
        # A list that holds a refused item is told to be too short as well.
        others = [each["loc"] for each in error.errors() if each["type"] != "value_error"]
        followed = all(any(rule[: len(other)] == other for rule in rules) for other in others)
        return None if rules and followed else False
    return True


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[type[Predicate], Any]]:
    """One valid statement of every kind that a provider has recorded."""
    provider = Provider(tmp_path_factory.mktemp("schema") / "acme")
    provider.publish_every_kind(Design(domains=("bio",), prompts=2), decided=True)
    kinds = {each.of_type: each for each in schemas._every(Predicate)}
    found = {
        recorded.entry.predicate: (kinds[recorded.entry.predicate], json.loads(json.dumps(dict(recorded.predicate))))
        for recorded in provider.ledger.statements()
        if recorded.predicate is not None and recorded.entry.predicate in kinds
    }
    provider.close()
    return list(found.values())


def test_both_refuse_the_same_fields(page: Page, documents: list[tuple[type[Predicate], Any]]) -> None:
    assert len(documents) >= 20
    script = """([type, cases]) => JSON.parse(cases).map((one) => {
      try { window.kept.needSchema(type, one, "it"); return true; } catch (error) { return error.message; }
    })"""
    for kind, document in documents:
        cases = list(variants(document))
        told = page.evaluate(script, [kind.of_type, json.dumps(cases)])
        assert told[:2] == [True, True]
        assert accepted(kind, in_fractions(document))
        for case, one in zip(cases, told, strict=True):
            own = accepted(kind, case)
            assert own is None or own == (one is True), (kind.called, one, case)
