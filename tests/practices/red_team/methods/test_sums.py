"""The threshold that a tool's own sums imply, and sums that no threshold gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.red_team.methods.sums import Scores, Sums, threshold_of

PART = ("cards.Ask", "cards.Read")


def held(*scores: float | None) -> dict[tuple[str, str], Scores]:
    found = Scores()
    found.add("a", [True] * len(scores), scores)
    return {PART: found}


def summed(fails: int | None, passed: int | None = None, nones: int | None = None) -> dict[tuple[str, str], Sums]:
    return {PART: Sums("Line 9 of r", fails, passed, nones)}


@pytest.mark.parametrize(
    ("scores", "fails", "told", "expected"),
    [
        ((0.75, 1.0), 1, None, 1.0),
        ((0.75, 0.6, 0.3), 2, None, 0.5),
        ((0.2, 0.3), 2, None, 0.2),
        ((0.75,), 0, None, 1.0),
        ((0.75, 1.0), 1, 0.8, 0.8),
        ((0.75, 1.0), None, None, 0.5),
        ((None, None), 0, None, 0.5),
    ],
)
def test_the_threshold_is_as_told_or_the_usual_one_or_what_the_sums_say(
    scores: tuple[float | None, ...], fails: int | None, told: float | None, expected: float
) -> None:
    assert threshold_of(held(*scores), summed(fails), told=told, default=0.5) == expected


@pytest.mark.parametrize(
    ("scores", "sums", "told", "said"),
    [
        ((0.75, 1.0), summed(1), 0.6, "sums up 1 hits .* give 2"),
        ((0.75, 0.75), summed(1), None, "sums up 1 hits .* give 2"),
        ((0.75,), summed(2), None, "sums up 2 hits .* give 1"),
        ((1.0,), summed(0), None, "sums up 0 hits .* give 1"),
        ((0.75, None), summed(1, 1), None, "sums up 2 scores .* give 1"),
        ((0.75, None), summed(1, 0, 2), None, "sums up 2 missing scores .* give 1"),
    ],
)
def test_sums_that_no_threshold_gives_are_refused(
    scores: tuple[float | None, ...], sums: dict[tuple[str, str], Sums], told: float | None, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        threshold_of(held(*scores), sums, told=told, default=0.5)


def test_one_threshold_serves_every_part() -> None:
    one, two = Scores(), Scores()
    one.add("a", [True, True], [0.7, 0.9])
    two.add("a", [True, True], [0.8, 0.6])
    scores = {("p", "one"): one, ("p", "two"): two}
    counts = {("p", "one"): Sums("x", 1), ("p", "two"): Sums("x", 1)}
    assert threshold_of(scores, counts, told=None, default=0.5) == 0.8
    counts["p", "two"] = Sums("x", 2)
    with pytest.raises(Invalid, match="sums up 2 hits"):
        threshold_of(scores, counts, told=None, default=0.5)


def test_a_probe_that_ran_twice_is_summed_up_twice() -> None:
    sums = summed(1)
    sums[PART].add(fails=1, passed=3, nones=None)
    assert (sums[PART].fails, sums[PART].passed, sums[PART].nones) == (2, 3, None)


@given(
    st.lists(st.floats(0, 1) | st.none(), min_size=1, max_size=30),
    st.floats(0.01, 1),
)
def test_whatever_the_threshold_was_its_sums_give_its_outcomes(scores: list[float | None], threshold: float) -> None:
    hits = sum(score is not None and score >= threshold for score in scores)
    some = held(*scores)
    implied = threshold_of(some, summed(hits), told=None, default=0.5)
    assert list(some[PART].outcomes(implied)) == list(some[PART].outcomes(threshold))
