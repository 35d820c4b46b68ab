"""Supersessions: a law, where it holds, and from which day."""

from datetime import UTC, datetime

import pytest

from kept.core.commitments import catalog, facts, rule
from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.predicates.supersession import TYPE, Supersession

GOOD = {
    "commitment": "C5",
    "law": "Regulation (EU) 2024/1689, article 50",
    "jurisdiction": "European Union",
    "url": "https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
    "effective": "2026-08-02",
    "rationale": "It asks for marking and detection of generated content.",
    "issued": "2026-11-22T07:30:00Z",
    "by": "counsel",
}


def test_it_reads_back_and_the_promise_shows_as_superseded_from_that_day_on() -> None:
    statement = Statement.parse(Supersession.of(**GOOD).to_statement().to_bytes())
    assert Supersession.parse(statement) == Supersession.of(**GOOD)
    fact = facts.extract(TYPE, statement.predicate, index=2)
    commitment, now = catalog.load().get("C5"), datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert rule.status(commitment, (), model="", as_of=now, decisions=(fact,)).state == "superseded"
    later = facts.extract(TYPE, {**statement.predicate, "effective": "2027-08-02"}, index=2)
    assert rule.status(commitment, (), model="", as_of=now, decisions=(later,)).state == "not tested"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("commitment", "C9"),
        ("law", ""),
        ("jurisdiction", ""),
        ("url", "http://example.org/"),
        ("url", "javascript:alert(1)"),
        ("effective", "2026-02-30"),
        ("effective", "soon"),
        ("issued", "2026-11-22"),
        ("by", ""),
        ("rationale", ""),
        ("surprise", 1),
    ],
)
def test_anything_else_is_refused_and_named(field: str, value: object) -> None:
    with pytest.raises(Invalid, match=field) as caught:
        Supersession.of(**{**GOOD, field: value})
    assert caught.value.code == "predicate.malformed"


def test_a_statement_of_another_type_is_no_supersession() -> None:
    with pytest.raises(Invalid) as caught:
        Supersession.parse(Statement((Subject("x", {"sha256": "ab" * 32}),), "https://kept.example/other/v1", {}))
    assert caught.value.code == "predicate.type"
