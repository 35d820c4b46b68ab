"""Plans keep what they promise: checked by simulation and against statsmodels."""

import math

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.power import NormalIndPower

from kept.core.estimate import detectable_difference, prompts_for_bound, prompts_for_difference
from kept.errors import Invalid


def test_the_detectable_difference_agrees_with_statsmodels() -> None:
    ours = detectable_difference(prompts=200, discordant=0.25)
    theirs = NormalIndPower(ddof=0).solve_power(nobs1=200, alpha=0.05, power=0.8, ratio=0)
    assert ours == pytest.approx(theirs * 0.5, rel=1e-3)


def test_a_difference_of_that_size_is_found_as_often_as_planned() -> None:
    size, discordant = detectable_difference(prompts=300, discordant=0.2), 0.2
    more, less = (discordant + size) / 2, (discordant - size) / 2
    drawn = np.random.default_rng(31).multinomial(300, [more, less, 1 - discordant], 4000)
    differences = (drawn[:, 0] - drawn[:, 1]) / 300
    errors = np.sqrt((drawn[:, 0] + drawn[:, 1]) / 300 - differences**2) / math.sqrt(300)
    assert np.mean(np.abs(differences) > 1.96 * errors) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("trials", [1, 5])
@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_planning_back_and_forth_agrees(trials: int, alike: float) -> None:
    options = {"trials": trials, "discordant": 0.3, "alike": alike, "power": 0.9}
    needed = prompts_for_difference(0.08, **options)
    assert detectable_difference(prompts=needed, **options) <= 0.08 + 1e-12
    assert detectable_difference(prompts=needed - 1, **options) > 0.08


def test_more_trials_of_a_prompt_that_always_answers_alike_show_nothing_more() -> None:
    one = detectable_difference(prompts=100, discordant=0.3)
    assert detectable_difference(prompts=100, trials=10, discordant=0.3, alike=1.0) == pytest.approx(one)
    assert detectable_difference(prompts=100, trials=10, discordant=0.3) < one


@pytest.mark.parametrize(
    ("rate", "alpha", "n"), [(0.01, 0.05, 46), (0.01, 0.025, 70), (0.3, 0.05, 33), (0.3, 0.025, 41)]
)
def test_the_number_for_a_bound_is_the_least_that_keeps_both_promises(rate: float, alpha: float, n: int) -> None:
    def power(prompts: int) -> float:
        if rate < 0.1:
            most = max((c for c in range(prompts + 1) if binom.cdf(c, prompts, 0.1) <= alpha), default=-1)
            return float(binom.cdf(most, prompts, rate))
        least = min(c for c in range(prompts + 2) if binom.sf(c - 1, prompts, 0.1) <= alpha)
        return float(binom.sf(least - 1, prompts, rate))

    assert prompts_for_bound(rate, 0.1, alpha=alpha) == n
    assert power(n) >= 0.9
    assert all(power(less) < 0.9 for less in range(1, n))


@pytest.mark.parametrize(
    "options",
    [
        {"prompts": 0, "discordant": 0.2},
        {"prompts": 10, "discordant": 1.2},
        {"prompts": 10, "discordant": 0.2, "alike": -0.1},
        {"prompts": 10, "discordant": 0.2, "power": 1.0},
        {"prompts": 10, "discordant": 0.2, "trials": 0},
    ],
)
def test_plans_that_cannot_be_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(Invalid):
        detectable_difference(**options)


def test_a_bound_that_equals_the_rate_or_needs_too_many_is_refused() -> None:
    with pytest.raises(Invalid):
        prompts_for_bound(0.1, 0.1)
    with pytest.raises(Invalid):
        prompts_for_bound(0.1, 0.1001)
