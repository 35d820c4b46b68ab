"""What C3 rests on: sealed weights that several people open, and the rule that reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.errors import Invalid, Unverified
from kept.predicates.weights_custody import TYPE, WeightsCustody
from simulators import custody
from simulators.studies import MODEL


def sealed(*said: dict[str, Any]) -> str:
    """How C3's requirement reads with these statements alone."""
    facts = [
        extract(TYPE, WeightsCustody.of(**fields).to_statement().predicate, index=at, model=MODEL, assurance="self")
        for at, fields in enumerate(said)
    ]
    found = rule.status(catalog.load().get("C3"), facts, model=MODEL, as_of=datetime(2026, 12, 1, tzinfo=UTC))
    return next(each.reading for each in found.findings if each.requirement == "C3.sealed")


def test_it_reads_back_and_its_subject_is_the_weights() -> None:
    made = WeightsCustody.of(**custody.custody())
    made.check()
    statement = made.to_statement()
    assert WeightsCustody.parse(statement) == made
    assert statement.subjects[0].digest["sha256"] == custody.WEIGHTS.removeprefix("sha256:")


def test_the_rule_of_c3_reads_it() -> None:
    opened = custody.custody(sealed=False, files=[], people_required=0, custodians=0, issued="2026-11-23T07:30:00Z")
    assert sealed(custody.custody()) == "met"
    assert sealed(custody.custody(people_required=1)) == "missing"
    assert sealed(custody.custody(), opened) == "contradicted"
    assert sealed(custody.custody(issued="2026-08-01T07:30:00Z")) == "stale"


@pytest.mark.parametrize("more", [{"files": []}, {"people_required": 0}, {"people_required": 4}])
def test_weights_are_not_sealed_without_a_file_and_the_people_who_open_it(more: dict[str, Any]) -> None:
    with pytest.raises(Unverified, match="without a file or the people"):
        WeightsCustody.of(**custody.custody(**more)).check()
    WeightsCustody.of(**custody.custody(sealed=False, **more)).check()


@pytest.mark.parametrize("more", [{"files": ["x"]}, {"key": "paper"}, {"path": "/srv"}, {"event": "sold"}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        WeightsCustody.of(**custody.custody(**more))
