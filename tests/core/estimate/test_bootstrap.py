"""Bootstrap intervals: the same for the same seed, near scipy's, and drawing clusters whole."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from kept.core.estimate import cluster_bootstrap, two_way_bootstrap
from kept.errors import Invalid


def drawn(seed: int, *, prompts: int = 51, per: int = 5, rate: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    rates = random.beta(rate, 1 - rate, prompts)
    return random.binomial(1, np.repeat(rates, per)).astype(float), np.repeat(np.arange(prompts), per)


def test_it_agrees_with_scipy_over_prompts() -> None:
    values, clusters = drawn(1)
    means = values.reshape(51, 5).mean(axis=1)
    theirs = bootstrap((means,), np.mean, n_resamples=20_000, method="BCa", rng=1).confidence_interval
    ours = cluster_bootstrap(values, clusters, seed=1, resamples=20_000)
    assert ours.low == pytest.approx(theirs.low, abs=0.006)
    assert ours.high == pytest.approx(theirs.high, abs=0.006)


def test_a_seed_decides_all_of_it() -> None:
    values, clusters = drawn(2)
    for method in (cluster_bootstrap, lambda *held, **told: two_way_bootstrap(*held, np.tile(range(5), 51), **told)):
        assert method(values, clusters, seed=7) == method(values, clusters, seed=7)
        assert method(values, clusters, seed=7) != method(values, clusters, seed=8)


def test_it_covers_where_answers_of_a_prompt_are_alike() -> None:
    held = 0
    for seed in range(200):
        found = cluster_bootstrap(*drawn(seed), seed=seed, resamples=800)
        held += found.low <= 0.2 <= found.high
    assert held / 200 >= 0.89


def test_two_ways_cover_where_names_matter_too() -> None:
    random, held = np.random.default_rng(3), 0
    first, second = (one.ravel() for one in np.indices((20, 10)))
    for seed in range(200):
        values = 0.5 * np.tanh(0.3 * random.normal(size=20)[first] + 0.3 * random.normal(size=10)[second])
        found = two_way_bootstrap(values, first, second, seed=seed, resamples=500, within=(-1.0, 1.0))
        held += found.low <= 0 <= found.high
    assert held / 200 >= 0.89


def test_sameness_and_single_clusters_are_told_as_by_the_robust_interval() -> None:
    assert cluster_bootstrap([0.0] * 50, range(50), seed=1).high > 0.05
    assert cluster_bootstrap([0.0, 1.0], ["a", "a"], seed=1).method.startswith("inconclusive")
    assert two_way_bootstrap([], [], [], seed=1).method.startswith("inconclusive")


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": 1.5}, {"seed": 1, "resamples": -2}])
def test_a_seed_or_number_of_resamples_that_is_no_count_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        cluster_bootstrap([0.0, 1.0], ["a", "b"], **options)
