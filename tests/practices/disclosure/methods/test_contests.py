"""Leaderboards: from replayed evidence alone, whoever looks, and in whatever order it comes."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.disclosure.methods.contests import is_name, places, score_of
from kept.practices.disclosure.records.contests import Evidence

PRIZES = {1: 500_000, 2: 200_000, 3: 100_000}


def shown(report: str, *, at: int = 0, severity: str = "high", bound: int = 500_000, name: str = "") -> Evidence:
    return Evidence(report, f"2027-01-01T00:00:{at:02}Z", severity, bound, at, name)


@pytest.mark.parametrize("name", ["محمّد", "प्रिया", "O'Brien", "ஸ்ரீ 7", "李.四", "Mole É-42", "x" * 40])
def test_names_of_any_script_can_be_shown(name: str) -> None:
    assert is_name(unicodedata.normalize("NFC", name))


@pytest.mark.parametrize(
    "name",
    ["", "x" * 41, "\u0301a", "a \u0301", "a\ufe0f", "q" + "\u0301" * 4, "a\u202eb", "a\u200db", "a__b", "a'", "<b>"],
)
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_points_times_the_bound() -> None:
    assert score_of(shown("a")) == 3_000_000
    assert score_of(shown("a", severity="critical", bound=700_000)) == 7_000_000
    assert score_of(shown("a", severity="")) == 0


def test_reports_of_one_name_are_one_entrant_and_those_without_stand_alone() -> None:
    found = places([shown("a", name="mole"), shown("b", at=1, name="mole"), shown("c"), shown("d", at=3)], PRIZES)
    assert [(each.name, each.score, each.reports, each.prize) for each in found] == [
        ("mole", 6_000_000, ("a", "b"), 500_000),
        ("", 3_000_000, ("c",), 200_000),
        ("", 3_000_000, ("d",), 100_000),
    ]


def test_of_equals_who_reached_it_earlier_stands_before() -> None:
    found = places([shown("a", at=5, name="late"), shown("b", at=4, name="early")], PRIZES)
    assert [(each.place, each.name) for each in found] == [(1, "early"), (2, "late")]


def test_who_reached_it_at_the_same_moment_shares_place_and_prizes() -> None:
    found = places([shown("a", name="one"), shown("b", name="two"), shown("c", at=9, name="three")], PRIZES)
    assert [(each.place, each.prize) for each in found] == [(1, 350_000), (1, 350_000), (3, 100_000)]


def test_what_did_not_come_back_scores_nothing() -> None:
    assert places([shown("a", bound=0), shown("b", severity="none")], PRIZES) == ()


evidence = st.builds(
    shown,
    st.uuids().map(str),
    at=st.integers(0, 3),
    severity=st.sampled_from(["low", "high", "critical"]),
    bound=st.integers(1, 4).map(lambda share: share * 200_000),
    name=st.sampled_from(["", "mole", "vole", "hare"]),
)


@given(held=st.lists(evidence, max_size=12), seed=st.integers(0, 5))
def test_no_more_is_won_than_there_is_and_the_order_of_evidence_changes_nothing(
    held: list[Evidence], seed: int
) -> None:
    found = places(held, PRIZES)
    assert sum(each.prize for each in found) <= sum(PRIZES.values())
    assert sum(each.score for each in found) == sum(map(score_of, held))
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert [each.place for each in found] == sorted(each.place for each in found)
    shuffled = list(held)
    random.Random(seed).shuffle(shuffled)
    again = places(shuffled, PRIZES)
    assert sorted((each.place, each.reports, each.prize) for each in again) == sorted(
        (each.place, each.reports, each.prize) for each in found
    )
