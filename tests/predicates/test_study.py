"""Figures of studies: computed from counts, checked when read, and honest where little is known."""

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kept.core.estimate import Estimate
from kept.predicates import study
from kept.predicates.study import (
    compared_rates,
    difference_of_means,
    difference_of_rates,
    mean,
    mean_of_differences,
    rate,
)

Arm = tuple[int, int, int]
COUNTS = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(0, 10)))


def test_welch_and_student_are_scipys() -> None:
    one, other = [61.5, 70, 55.25, 80, 66], [58, 62.5, 57, 71, 60, 61.7]
    found = difference_of_means(one, other, bounds=(0, 100), level=0.9)
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx(tuple(theirs))
    paired = mean_of_differences(one, other[:5], bounds=(0, 100), level=0.9)
    assert (paired.low, paired.high) == pytest.approx(tuple(stats.ttest_rel(one, other[:5]).confidence_interval(0.9)))
    alone = mean(one, bounds=(0, 100), level=0.9)
    assert (alone.low, alone.high) == pytest.approx(tuple(stats.ttest_1samp(one, 0).confidence_interval(0.9)))


@pytest.mark.parametrize("values", [[3, 3, 3], [0.1 + 0.2, 0.3, 0.3]])
def test_scores_without_spread_are_no_certainty(values: list[float]) -> None:
    assert (mean(values, bounds=(0, 5), level=0.95).low, mean(values, bounds=(0, 5), level=0.95).high) == (0, 5)
    found = difference_of_means(values, values, bounds=(0, 5), level=0.95)
    assert (found.low, found.high, found.method) == (-5, 5, study.WHOLE_RANGE)
    assert mean_of_differences(values, values, bounds=(0, 5), level=0.95).high == 5


def test_a_difference_from_nobody_says_nothing() -> None:
    found = difference_of_rates(rate(0, 0, level=0.95), rate(3, 9, level=0.95))
    assert (found.value, found.low, found.high, found.method) == (0, -1, 1, "none assessed")


@given(COUNTS, COUNTS)
def test_exchanging_the_arms_turns_the_difference_around(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    left = [rate(s, n, level=0.95) for s, n, _ in (one, other)]
    there, back = difference_of_rates(*left), difference_of_rates(*reversed(left))
    assert (there.low, there.value, there.high) == pytest.approx((-back.high, -back.value, -back.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


@given(COUNTS, COUNTS, st.booleans())
def test_the_lost_never_improve_the_worst_case(one: Arm, other: Arm, harmful: bool) -> None:
    found = compared_rates(one, other, level=0.95, harmful=harmful)
    extreme, plain = found["worst"], found["difference"]
    assert extreme.unassessed == one[2] + other[2]
    if one[1] and other[1]:
        assert extreme.value >= plain.value - 1e-12 if harmful else extreme.value <= plain.value + 1e-12


@pytest.mark.parametrize(("n1", "n2"), [(12, 12), (10, 25), (40, 15)])
def test_the_interval_of_a_difference_covers_at_least_as_often_as_it_says(n1: int, n2: int) -> None:
    """Exact coverage, over every pair of counts, on a grid of true rates."""
    intervals = {
        (a, b): difference_of_rates(rate(a, n1, level=0.95), rate(b, n2, level=0.95))
        for a, b in itertools.product(range(n1 + 1), range(n2 + 1))
    }
    for p1, p2 in itertools.product((0.02, 0.1, 0.3, 0.5, 0.8), repeat=2):
        one, other = stats.binom.pmf(range(n1 + 1), n1, p1), stats.binom.pmf(range(n2 + 1), n2, p2)
        covered = sum(one[a] * other[b] for (a, b), found in intervals.items() if found.low <= p1 - p2 <= found.high)
        assert covered >= 0.95, (p1, p2, covered)


def test_a_stated_figure_is_compared_number_by_number() -> None:
    computed = {"estimate": rate(3, 40, level=0.95)}
    stated: dict[str, Any] = study.documents(computed)
    study.compare_figures(stated, computed, "finding")
    for name, value in stated["estimate"].items():
        wrong = value + 1 if isinstance(value, int) else value + 1e-6 if isinstance(value, float) else value + "!"
        with pytest.raises(study.Unverified, match=f"states {name}"):
            study.compare_figures({"estimate": {**stated["estimate"], name: wrong}}, computed, "finding")


def test_the_largest_scores_are_added_exactly_enough() -> None:
    chance = random.Random(1)
    scores = [chance.uniform(-study.LARGEST_SCORE, study.LARGEST_SCORE) for _ in range(10_000)]
    found: Estimate = mean(scores, bounds=(-study.LARGEST_SCORE, study.LARGEST_SCORE), level=0.95)
    assert math.isclose(found.value, sum(scores) / len(scores), abs_tol=1e-9)
