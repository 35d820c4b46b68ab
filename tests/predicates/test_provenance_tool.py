"""The statement on a public tool, and the rule of C5 that reads it."""

from datetime import UTC, datetime

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.errors import Invalid
from kept.predicates.provenance_tool import TYPE, ProvenanceTool
from simulators import marking


def test_it_reads_back() -> None:
    made = ProvenanceTool.of(**marking.tool())
    assert ProvenanceTool.parse(made.to_statement()) == made


@pytest.mark.parametrize("public", [True, False])
def test_the_rule_of_c5_asks_for_a_public_one(public: bool) -> None:
    predicate = ProvenanceTool.of(**marking.tool(public=public)).to_statement().predicate
    fact = extract(TYPE, predicate, index=3, model="", assurance="self")
    (c5,) = (each for each in catalog.load() if each.id == "C5")
    found = rule.status(c5, [fact], model="", as_of=datetime(2026, 12, 1, tzinfo=UTC))
    assert (next(each.reading for each in found.findings if each.requirement == "C5.tool") == "met") is public


@pytest.mark.parametrize("url", ["check.example", "file:///etc/passwd", "https://check.example/a b", "https://"])
def test_an_address_is_one_of_the_web(url: str) -> None:
    with pytest.raises(Invalid, match="malformed"):
        ProvenanceTool.of(**marking.tool(url=url))
