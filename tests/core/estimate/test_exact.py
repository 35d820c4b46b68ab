"""Exact one-sided bounds: they are Clopper and Pearson's, and err no more often than they say, to the last digit."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from kept.core.estimate import Calibration
from kept.core.estimate.exact import (
    MILLION,
    JudgeBounds,
    calibrated_judge,
    chance,
    critical,
    is_as_rare,
    judged_lower_bound,
    lower_bound,
    stated_judge,
    upper_bound,
)
from kept.errors import Invalid

ERRORS = (Fraction(1, 10), Fraction(1, 20), Fraction(1, 40), Fraction(1, 12_800))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("n", [1, 5, 20, 100, 400])
def test_the_bounds_are_those_of_clopper_and_pearson(n: int, error: Fraction) -> None:
    for successes in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        low = 0.0 if successes == 0 else beta.ppf(float(error), successes, n - successes + 1) * MILLION
        high = MILLION if successes == n else beta.ppf(1 - float(error), successes + 1, n - successes) * MILLION
        assert low - 1.001 <= lower_bound(successes, n, error=error) <= low + 1e-3
        assert high - 1e-3 <= upper_bound(successes, n, error=error) <= high + 1.001


def test_a_tail_is_the_sum_of_its_chances() -> None:
    for n in range(1, 9):
        for share in (0, 1, 333_333, 500_000, MILLION):
            p = Fraction(share, MILLION)
            for successes in range(n + 1):
                told = sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(successes, n + 1))
                assert chance(successes, n, share) == told
                assert is_as_rare(successes, n, share, error=Fraction(1, 7)) == (told <= Fraction(1, 7))


@given(n=st.integers(1, 100), share=st.integers(1, MILLION - 1), error=st.sampled_from(ERRORS))
def test_a_bound_lies_above_the_true_share_no_more_often_than_it_may(n: int, share: int, error: Fraction) -> None:
    least = critical(n, share, error=error)
    above = sum(Fraction(0) if k < least else _exactly(k, n, share) for k in range(n + 1))
    assert above <= error
    assert least == n + 1 or lower_bound(least, n, error=error) >= share
    assert least == 0 or lower_bound(least - 1, n, error=error) < share


def _exactly(k: int, n: int, share: int) -> Fraction:
    p = Fraction(share, MILLION)
    return comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize(("n", "positives"), [(8, 6), (5, 10), (12, 4)])
def test_a_judged_bound_errs_no_more_often_than_it_may_whatever_the_judge(n: int, positives: int) -> None:
    """All outcomes, all labels, by their exact chances: the rate, and the judge's two rates, from corner to corner."""
    error = Fraction(1, 5)
    shares = (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(4, 5), Fraction(1))
    bounds = {
        (tp, tn, k): judged_lower_bound(k, n, calibrated_judge(Calibration(tp, positives, tn, positives), error=error))
        for tp in range(positives + 1)
        for tn in range(positives + 1)
        for k in range(n + 1)
    }
    for sensitivity in shares:
        for specificity in shares:
            for rate in shares[:-1]:
                called = rate * sensitivity + (1 - rate) * (1 - specificity)
                wrong = sum(
                    _pmf(tp, positives, sensitivity) * _pmf(tn, positives, specificity) * _pmf(k, n, called)
                    for (tp, tn, k), bound in bounds.items()
                    if bound > rate * MILLION
                )
                assert wrong <= error, (sensitivity, specificity, rate)


def _pmf(k: int, n: int, p: Fraction) -> Fraction:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def test_a_judge_whose_errors_follow_from_how_it_is_made_costs_next_to_nothing() -> None:
    error = Fraction(1, 40)
    assert judged_lower_bound(18, 20, stated_judge(3, error=error)) == lower_bound(18, 20, error=error) - 1


def test_a_judge_that_may_be_a_coin_shows_nothing() -> None:
    coin = calibrated_judge(Calibration(2, 4, 2, 4), error=Fraction(1, 20))
    assert judged_lower_bound(100, 100, coin) < 500_000
    assert JudgeBounds(400_000, 400_000, Fraction(1, 20)).least(MILLION) == 0


@given(rate=st.integers(0, MILLION), one=st.integers(0, MILLION), other=st.integers(0, MILLION))
def test_what_is_called_is_undone(rate: int, one: int, other: int) -> None:
    judge = JudgeBounds(max(one, other), min(one, other), Fraction(1, 20))
    if one != other:
        assert judge.least(judge.called(rate)) >= rate
        assert judge.called(rate) == 0 or judge.least(judge.called(rate) - 1) <= rate


@pytest.mark.parametrize(("k", "n", "error"), [(2, 1, 0.1), (-1, 2, 0.1), (1, 2001, 0.1), (1, 2, 0), (1, 2, 1)])
def test_what_cannot_be_bounded(k: int, n: int, error: float) -> None:
    with pytest.raises(Invalid):
        lower_bound(k, n, error=Fraction(error))
