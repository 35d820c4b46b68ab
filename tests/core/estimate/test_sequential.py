"""A test that looks after every prompt keeps its error, stops early, and counts what is unassessed against itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from kept.core.estimate import SequentialTest, Stop, anytime, stopping_point
from kept.errors import Invalid

outcomes_in_order = st.lists(st.text(alphabet="sru", max_size=4), max_size=60)


def errors_within(horizon: int, *, rate: float, bound: float, alpha: float) -> dict[str, float]:
    """The exact probability of each decision within the horizon: the test looks at counts alone."""
    alive, decided = np.zeros(horizon + 2), {"below": 0.0, "above": 0.0}
    alive[0] = 1.0
    for n in range(1, horizon + 1):
        alive[1:] = alive[1:] * (1 - rate) + alive[:-1] * rate
        alive[0] *= 1 - rate
        for successes in np.flatnonzero(alive[: n + 1] > 1e-12):
            found = stopping_point_of_counts(int(successes), n, bound=bound, alpha=alpha)
            if found != "open":
                decided[found] += float(alive[successes])
                alive[successes] = 0.0
    return decided


def stopping_point_of_counts(successes: int, n: int, *, bound: float, alpha: float) -> str:
    """What is said after n prompts of one trial; earlier decisions aside."""
    level = 1 - 2 * alpha
    found = anytime(["s"] * successes + ["r"] * (n - successes), level=level)
    return "below" if found.high < bound else "above" if found.low > bound else "open"


def test_the_error_at_the_bound_stays_below_alpha_on_either_side() -> None:
    decided = errors_within(120, rate=0.1, bound=0.1, alpha=0.05)
    assert 0.02 < decided["below"] <= 0.05
    assert 0.02 < decided["above"] <= 0.05


@pytest.mark.parametrize(("planted", "said", "fixed"), [(0.01, "below", 70), (0.3, "above", 41)])
def test_it_needs_four_tenths_less_than_a_fixed_number_with_power_nine_tenths(
    planted: float, said: str, fixed: int
) -> None:
    """`fixed` is the least n at which the two-sided exact interval excludes 0.1 with a probability of 0.9.

    A plan does not know what is planted, so it allows 70 prompts for either rate.
    """
    random = np.random.default_rng(7)
    streams = random.random((1500, 70)) < planted
    stops = [stopping_point(["s" if one else "r" for one in row], bound=0.1, alpha=0.05) for row in streams]
    assert np.mean([stop.prompts for stop in stops]) <= 0.6 * fixed
    assert np.mean([stop.decision == said for stop in stops]) >= 0.88
    assert np.mean([stop.decision not in (said, "open") for stop in stops]) <= 0.01


@pytest.mark.parametrize(("planted", "tail", "fixed"), [(0.01, "low", 70), (0.3, "high", 41)])
def test_the_fixed_numbers_are_what_the_exact_test_needs(planted: float, tail: str, fixed: int) -> None:
    def power(n: int) -> float:
        if tail == "low":
            most = max((c for c in range(n) if binom.cdf(c, n, 0.1) <= 0.025), default=-1)
            return float(binom.cdf(most, n, planted))
        least = min(c for c in range(n + 2) if binom.sf(c - 1, n, 0.1) <= 0.025)
        return float(binom.sf(least - 1, n, planted))

    assert power(fixed) >= 0.9
    assert all(power(n) < 0.9 for n in range(5, fixed))


def test_a_decision_stays_and_later_prompts_are_not_counted() -> None:
    test = SequentialTest(bound=0.1, alpha=0.05)
    assert [test.add("s") for _ in range(5)][-1] == "above"
    stopped = test.prompts
    assert test.add("r" * 1000) == "above"
    assert test.prompts == stopped


def test_what_was_not_tried_decides_nothing() -> None:
    assert stopping_point(["", "", ""], bound=0.1, alpha=0.05) == Stop("open", 3)
    assert stopping_point([], bound=0.1, alpha=0.05) == Stop("open", 0)
    assert anytime(["", ""]).method == "none assessed"


def test_unassessed_trials_never_decide() -> None:
    assert stopping_point(["u"] * 5000, bound=0.1, alpha=0.05).decision == "open"
    assert anytime(["u"] * 50).n == 0
    assert stopping_point(["r"] * 40, bound=0.1, alpha=0.05).decision == "below"
    assert stopping_point(["r"] * 40 + ["u"] * 8, bound=0.1, alpha=0.05).decision == "below"
    assert stopping_point(["u"] * 8 + ["r"] * 40, bound=0.1, alpha=0.05).decision == "open"


def test_trials_of_one_prompt_are_one_observation() -> None:
    assert stopping_point(["s" * 1000], bound=0.1, alpha=0.05).decision == "open"


@settings(deadline=None)
@given(outcomes_in_order, st.sampled_from([0.02, 0.1, 0.5]), st.sampled_from([0.01, 0.05]))
def test_a_decision_and_the_interval_say_the_same(clusters: list[str], bound: float, alpha: float) -> None:
    stop = stopping_point(clusters, bound=bound, alpha=alpha)
    if stop.decision == "open":
        return
    found = anytime(clusters[: stop.prompts], level=1 - 2 * alpha)
    if found.n:
        assert found.high <= bound if stop.decision == "below" else found.low >= bound


@settings(deadline=None)
@given(outcomes_in_order)
def test_the_interval_holds_its_value_and_shrinks_with_the_level(clusters: list[str]) -> None:
    narrow, wide = anytime(clusters, level=0.8), anytime(clusters, level=0.99)
    assert 0 <= wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high <= 1
    assert all(map(math.isfinite, (wide.low, wide.high)))


@settings(deadline=None)
@given(outcomes_in_order, st.integers(min_value=0, max_value=60))
def test_an_outcome_that_stays_unassessed_never_narrows(clusters: list[str], place: int) -> None:
    known = [cluster for cluster in clusters if cluster]
    if not known:
        return
    place %= len(known)
    hidden = [*known[:place], "u" + known[place][1:], *known[place + 1 :]]
    one, other = anytime(known), anytime(hidden)
    assert other.low <= one.low + 1e-9
    assert other.high >= one.high - 1e-9


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, math.nan, 1, True, "0.1"])
def test_a_bound_or_an_alpha_outside_zero_and_one_is_refused(wrong: object) -> None:
    for options in ({"bound": wrong, "alpha": 0.05}, {"bound": 0.1, "alpha": wrong}):
        with pytest.raises(Invalid) as caught:
            stopping_point(["s"], **options)
        assert caught.value.code == "estimate.share"


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(Invalid):
        stopping_point(["r", "x"], bound=0.1, alpha=0.05)
