"""Prediction-powered means: unbiased whatever the judge does, narrower where it is good, covering either way."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from kept.core.estimate import cluster_robust, prediction_powered
from kept.errors import Invalid

nan = math.nan


def drawn(
    random: np.random.Generator, *, per: int = 1, wrong: float = 0.1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """1,000 items of rate 0.3, `per` to a prompt, some 200 of them labelled, and a judge that is wrong at times."""
    rates = random.beta(1.5, 3.5, 1000 // per) if per > 1 else np.full(1000, 0.3)
    true = (random.random(1000) < np.repeat(rates, per)).astype(float)
    said = np.where(random.random(1000) < wrong, 1 - true, true)
    clusters = np.repeat(np.arange(1000 // per), per)
    labelled = np.isin(clusters, random.choice(1000 // per, 200 // per, replace=False))
    return np.where(labelled, true, nan), said, clusters


@pytest.mark.parametrize(("per", "wrong"), [(1, 0.1), (5, 0.1), (1, 0.5)])
def test_it_covers(per: int, wrong: float) -> None:
    random, held = np.random.default_rng(12), 0
    for _ in range(300):
        labels, said, clusters = drawn(random, per=per, wrong=wrong)
        found = prediction_powered(labels, said, clusters=clusters if per > 1 else None)
        held += found.low <= 0.3 <= found.high
    assert held / 300 >= 0.92


def test_it_covers_where_both_are_rare() -> None:
    random, held = np.random.default_rng(15), 0
    for _ in range(300):
        true = (random.random((200, 5)) < random.beta(0.12, 2.22, 200)[:, None]).ravel().astype(float)
        said = np.where(random.random(1000) < 0.05, 1 - true, true)
        clusters = np.repeat(np.arange(200), 5)
        labels = np.where(np.isin(clusters, random.choice(200, 40, replace=False)), true, nan)
        found = prediction_powered(labels, said, clusters=clusters)
        held += found.low <= 0.12 / 2.34 <= found.high
    assert held / 300 >= 0.91


def test_a_good_judge_narrows_and_a_useless_one_costs_nothing() -> None:
    random = np.random.default_rng(13)
    for wrong, most in ((0.05, 0.75), (0.5, 1.03)):
        labels, said, _ = drawn(random, wrong=wrong)
        known = labels[~np.isnan(labels)]
        alone = cluster_robust(known, range(known.size))
        found = prediction_powered(labels, said)
        assert (found.high - found.low) / (alone.high - alone.low) <= most


def test_without_tuning_it_is_the_published_formula() -> None:
    labels, said, _ = drawn(np.random.default_rng(14))
    known = ~np.isnan(labels)
    n, others = known.sum(), (~known).sum()
    rest = labels[known] - said[known]
    value = said[~known].mean() + rest.mean()
    error = math.sqrt(rest.var(ddof=1) / n + said[~known].var(ddof=1) / others + 1 / n**2)
    found = prediction_powered(labels, said, tuned=False)
    assert found.value == pytest.approx(value)
    assert found.high - found.value == pytest.approx(student.ppf(0.975, n - 1) * error, rel=5e-3)
    assert (found.n, found.unassessed) == (n, others)


def test_with_every_item_labelled_it_is_the_mean_of_the_labels() -> None:
    labels = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    found, plain = prediction_powered(labels, 1 - labels), cluster_robust(labels, range(6))
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_a_judge_that_never_erred_on_the_labels_is_not_taken_for_perfect() -> None:
    true = np.tile([1.0, 0.0, 0.0, 0.0], 25)
    labels = np.where(np.arange(100) < 20, true, nan)
    for tuned in (False, True):
        found = prediction_powered(labels, true, tuned=tuned)
        assert found.value == pytest.approx(0.25)
        assert found.high - found.value > 0.1


def test_too_few_labels_are_inconclusive_and_equal_ones_not_certain() -> None:
    for labels in ([], [nan, nan], [1.0, nan]):
        found = prediction_powered(labels, [0.0] * len(labels))
        assert found.method.startswith("inconclusive")
        assert (found.low, found.high) == (0.0, 1.0)
    same = prediction_powered([0.0] * 20 + [nan] * 80, [0.0] * 100)
    assert 0.1 < same.high < 0.25


@pytest.mark.parametrize("said", [[0.5], [nan, 0.5], [2.0, 0.5], ["a", "b"]])
def test_predictions_that_are_missing_or_impossible_are_refused(said: list[object]) -> None:
    with pytest.raises(Invalid):
        prediction_powered([1.0, nan], said)
