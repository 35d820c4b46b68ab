"""Forecasts of best-of-N: right where rates follow a beta distribution, and humble where little is known."""

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import betabinom

from kept.core.estimate import best_of, rate
from kept.errors import Invalid


def drawn(random: np.random.Generator, a: float, b: float, *, prompts: int = 120, per: int = 20) -> list[str]:
    return ["s" * hits + "r" * (per - hits) for hits in random.binomial(per, random.beta(a, b, prompts))]


def truth(a: float, b: float, tries: int) -> float:
    return float(1 - np.exp(betaln(a, b + tries) - betaln(a, b)))


def test_it_covers_what_many_more_tries_come_to() -> None:
    random, held = np.random.default_rng(8), 0
    for _ in range(60):
        found = best_of(drawn(random, 0.3, 6.0), 500)
        held += found.low <= truth(0.3, 6.0, 500) <= found.high
    assert held / 60 >= 0.88


def test_the_fit_is_the_most_likely_one() -> None:
    clusters = drawn(np.random.default_rng(9), 0.5, 4.0)
    counts = np.array([cluster.count("s") for cluster in clusters])
    grid = [
        (betabinom.logpmf(counts, 20, a, b).sum(), a, b)
        for a in np.geomspace(0.2, 1.2, 60)
        for b in np.geomspace(1.5, 9.0, 60)
    ]
    _, a, b = max(grid)
    assert best_of(clusters, 100).value == pytest.approx(truth(a, b, 100), abs=0.01)


def test_one_try_is_the_rate() -> None:
    clusters = drawn(np.random.default_rng(10), 1.0, 5.0)
    assert best_of(clusters, 1).value == pytest.approx(rate(clusters).value, abs=1e-3)


def test_more_tries_never_forecast_less() -> None:
    clusters = drawn(np.random.default_rng(11), 0.3, 6.0)
    found = [best_of(clusters, tries) for tries in (1, 10, 100, 1000)]
    assert sorted(found, key=lambda one: one.value) == found
    assert sorted(found, key=lambda one: one.high) == found


def test_no_success_yet_bounds_the_forecast_from_above_alone() -> None:
    found = best_of(["r" * 10] * 100, 10)
    assert found.value < 1e-3
    assert 0.005 < found.high < 0.1
    assert best_of(["r"] * 100, 10_000).high > 0.3


def test_less_than_two_prompts_are_inconclusive() -> None:
    for clusters in ([], ["uu"], ["srrr"], ["srrr", "uu"]):
        assert best_of(clusters, 10).method.startswith("inconclusive")


@pytest.mark.parametrize("tries", [0, -3, 2.5, True])
def test_what_is_no_number_of_tries_is_refused(tries: object) -> None:
    with pytest.raises(Invalid):
        best_of(["s", "r"], tries)
