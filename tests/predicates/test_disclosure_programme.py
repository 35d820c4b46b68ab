"""The statement on a programme, and the rule of C4 that reads it."""

from datetime import UTC, datetime

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.errors import Invalid
from kept.predicates.disclosure_programme import TYPE, DisclosureProgramme
from simulators import disclosures
from simulators.studies import MODEL


def test_it_reads_back() -> None:
    made = DisclosureProgramme.of(**disclosures.programme())
    assert DisclosureProgramme.parse(made.to_statement()) == made


@pytest.mark.parametrize(
    ("changed", "reading"), [({}, "met"), ({"rewards": False}, "missing"), ({"active": False}, "contradicted")]
)
def test_the_rule_of_c4_asks_for_one_that_is_active_and_rewards(changed: dict[str, bool], reading: str) -> None:
    predicate = DisclosureProgramme.of(**disclosures.programme(**changed)).to_statement().predicate
    fact = extract(TYPE, predicate, index=3, model=MODEL, assurance="self")
    (c4,) = (each for each in catalog.load() if each.id == "C4")
    found = rule.status(c4, [fact], model=MODEL, as_of=datetime(2026, 12, 1, tzinfo=UTC))
    assert next(each.reading for each in found.findings if each.requirement == "C4.programme") == reading


@pytest.mark.parametrize(
    "changed",
    [
        {"level": 1.0},
        {"version": 0},
        {"languages": []},
        {"currency": "dollars"},
        {"terms": [{"severity": "high", "amount": -1, "replays": 30, "threshold": 0.4}]},
        {"terms": [{"severity": "high", "amount": 1, "replays": 30, "threshold": 1.0}]},
        {"terms": [{"severity": "worst", "amount": 1, "replays": 30, "threshold": 0.4}]},
        {"title": "a\u202eb"},
    ],
)
def test_a_malformed_one_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="disclosure programme is malformed"):
        DisclosureProgramme.of(**disclosures.programme(**changed))
