"""An exercise: both shares follow from their counts, and the rule of C3 reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.errors import Invalid, Unverified
from kept.predicates.insider_exercise import TYPE, InsiderExercise
from simulators import custody


def exercised(fields: dict[str, Any]) -> str:
    """How C3's requirement reads with this exercise alone."""
    predicate = InsiderExercise.of(**fields).to_statement(digest="ab" * 32).predicate
    fact = extract(TYPE, predicate, index=3, model="", assurance="self")
    found = rule.status(catalog.load().get("C3"), [fact], model="", as_of=datetime(2026, 12, 1, tzinfo=UTC))
    return next(each.reading for each in found.findings if each.requirement == "C3.insider")


def test_it_reads_back_with_its_figures() -> None:
    made = InsiderExercise.of(**custody.exercise())
    made.check()
    assert InsiderExercise.parse(made.to_statement(digest="ab" * 32)) == made
    assert made.figures["estimate"]["value"] == pytest.approx(24 / 27)
    assert made.figures["false_alarms"]["high"] == pytest.approx(0.0125, abs=1e-4)


def test_the_rule_of_c3_asks_for_a_completed_one_with_twenty_attempts() -> None:
    assert exercised(custody.exercise()) == "met"
    assert exercised(custody.exercise(15, 19)) == "missing"
    assert exercised(custody.exercise(state="abandoned")) == "missing"


@pytest.mark.parametrize("more", [{"noticed": 25}, {"attempts": 30}, {"accused": 1}, {"innocent": 9}, {"level": 0.9}])
def test_a_share_that_its_counts_do_not_give_fails(more: dict[str, Any]) -> None:
    with pytest.raises(Unverified, match="its own counts give"):
        InsiderExercise.of(**{**custody.exercise(), **more}).check()


def test_more_than_all_cannot_be_noticed() -> None:
    with pytest.raises(Invalid):
        InsiderExercise.of(**{**custody.exercise(), "noticed": 28}).check()


@pytest.mark.parametrize("more", [{"exercise": "1"}, {"bound": 2}, {"tiers": [{"tier": "guess", "noticed": 1}]}])
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        InsiderExercise.of(**custody.exercise(**more))
