"""Cluster-robust intervals agree with statsmodels, cover, and never take sameness for certainty."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from kept.core.estimate import clopper_pearson, cluster_robust, two_way_robust
from kept.errors import Invalid

nan = math.nan
SPREAD = {"within": (-1.0, 1.0)}
rows = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0, nan]), st.integers(0, 5), st.integers(0, 5)), max_size=40)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    first, second = random.integers(0, 12, 150), random.integers(0, 9, 150)
    values = 0.3 * np.tanh(random.normal(size=12)[first] + random.normal(size=9)[second] + random.normal(size=150))
    return values, first, second


@pytest.mark.parametrize("seed", range(3))
def test_one_way_agrees_with_statsmodels(seed: int) -> None:
    values, clusters, _ = drawn(seed)
    fit = sm.OLS(values, np.ones_like(values)).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    found = cluster_robust(values, clusters, **SPREAD)
    assert [found.low, found.high] == pytest.approx(fit.conf_int()[0], abs=1e-12)
    assert found.value == pytest.approx(values.mean())


@pytest.mark.parametrize("seed", range(3))
def test_two_way_agrees_with_statsmodels(seed: int) -> None:
    values, first, second = drawn(seed)
    fit = sm.OLS(values, np.ones_like(values)).fit()
    variance = cov_cluster_2groups(fit, first, second)[0][0, 0]
    found = two_way_robust(values, first, second, **SPREAD)
    quantile = sm.stats.DescrStatsW(np.arange(9.0)).tconfint_mean()
    half = (quantile[1] - 4.0) / (np.arange(9.0).std(ddof=1) / 3) * math.sqrt(variance)
    assert found.high - found.value == pytest.approx(half, rel=1e-9)


def test_two_way_covers_where_one_way_does_not() -> None:
    """Answers that share a template or a name; a counterfactual audit that clusters by templates alone is too sure."""
    random, held = np.random.default_rng(5), {"one": 0, "two": 0}
    first, second = (one.ravel() for one in np.indices((30, 10)))
    for _ in range(300):
        values = np.tanh(0.2 * random.normal(size=30)[first] + 0.4 * random.normal(size=10)[second])
        values *= 0.5
        for name, found in (
            ("one", cluster_robust(values, first, **SPREAD)),
            ("two", two_way_robust(values, first, second, **SPREAD)),
        ):
            held[name] += found.low <= 0 <= found.high
    assert held["two"] / 300 >= 0.92
    assert held["one"] / 300 <= 0.6


def test_sameness_is_not_certainty() -> None:
    found = cluster_robust([0.0] * 120, list(range(40)) * 3)
    assert found.high == pytest.approx(clopper_pearson(0, 40).high)
    between = cluster_robust([0.0] * 40, range(40), **SPREAD)
    assert between.low == pytest.approx(-between.high)
    assert between.high == pytest.approx(clopper_pearson(0, 40).high)


def test_nothing_and_a_single_cluster_are_inconclusive() -> None:
    for found in (
        cluster_robust([], []),
        cluster_robust([nan, nan], ["a", "b"]),
        cluster_robust([0.0, 0.0], ["a", "a"]),
        two_way_robust([0.0, 1.0], ["a", "b"], ["x", "x"]),
    ):
        assert (found.low, found.high) == (0.0, 1.0)
        assert found.method.startswith("inconclusive")


@pytest.mark.parametrize("wrong", [[1.5, 0.0], [-0.1, 0.0], [math.inf, 0.0]])
def test_values_outside_their_range_are_refused(wrong: list[float]) -> None:
    with pytest.raises(Invalid):
        cluster_robust(wrong, ["a", "b"])


@settings(deadline=None)
@given(rows)
def test_bounds_hold_the_mean_and_stay_within_the_range(held: list[tuple[float, int, int]]) -> None:
    values, first, second = ([row[place] for row in held] for place in range(3))
    for found in (cluster_robust(values, first), two_way_robust(values, first, second)):
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.n + found.unassessed == len(values)


@settings(deadline=None)
@given(rows)
def test_two_ways_are_never_surer_than_either(held: list[tuple[float, int, int]]) -> None:
    values, first, second = ([row[place] for row in held] for place in range(3))
    both = two_way_robust(values, first, second)
    for one in (cluster_robust(values, first), cluster_robust(values, second)):
        assert both.high - both.low >= one.high - one.low - 1e-9
