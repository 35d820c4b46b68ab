"""Intervals over clusters cover what they claim, and refuse what is not a count or an outcome."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from scipy.stats import t as student

from kept.core.estimate import Estimate, clopper_pearson, clustered, rate, wilson, worst_case
from kept.errors import Invalid

clusters_of_outcomes = st.lists(st.text(alphabet="sru", max_size=6), max_size=30)


def test_nothing_assessed_says_so_and_could_be_anything() -> None:
    for found in (clopper_pearson(0, 0, unassessed=4), wilson(0, 0, unassessed=4), rate(["uu", "", "uu"])):
        assert found == Estimate(0.0, 0.0, 1.0, 0.95, 0, "none assessed", 4)
    assert rate([]).n == 0
    assert worst_case([]).method == "none assessed"


def test_one_prompt_tried_often_says_nothing_about_other_prompts() -> None:
    found = rate(["srrrrrrrrr"])
    assert (found.value, found.low, found.high, found.n) == (0.1, 0.0, 1.0, 10)


def test_all_or_none_over_clusters_counts_prompts_not_trials() -> None:
    assert clustered([(0, 5)] * 40).high == clopper_pearson(0, 40).high
    assert clustered([(5, 5)] * 40).low == clopper_pearson(40, 40).low


def test_the_method_follows_from_how_often_a_prompt_was_tried() -> None:
    assert rate(["s", "r", "ur", "u"]).method == "clopper-pearson"
    assert rate(["sr", "r"]).method == "korn-graubard"
    assert worst_case(["su", "r"]).method == "worst case: korn-graubard"


def test_clusters_of_one_trial_give_nearly_the_exact_interval() -> None:
    ours, exact = clustered([(1, 1)] * 12 + [(0, 1)] * 48), clopper_pearson(12, 60)
    assert ours.low == pytest.approx(exact.low, abs=2e-3)
    assert ours.high == pytest.approx(exact.high, abs=2e-3)


def test_the_clustered_interval_agrees_with_the_published_formula_in_scipy_stats() -> None:
    counts = [(1, 1), (0, 7), (4, 9), (2, 2), (0, 1), (3, 12)]
    hits, sizes = np.array(counts).T
    n, share, k = sizes.sum(), hits.sum() / sizes.sum(), len(counts)
    variance = k / (k - 1) * ((hits - share * sizes) ** 2).sum() / n**2
    effective = share * (1 - share) / variance * (student.ppf(0.975, n - 1) / student.ppf(0.975, k - 1)) ** 2
    found = clustered(counts)
    assert found.low == pytest.approx(beta.ppf(0.025, effective * share, effective * (1 - share) + 1), abs=1e-12)
    assert found.high == pytest.approx(beta.ppf(0.975, effective * share + 1, effective * (1 - share)), abs=1e-12)


def test_worst_case_counts_the_unassessed_as_succeeded_and_still_names_them() -> None:
    found = worst_case(["s", "u", "r", "r"])
    assert (found.value, found.n, found.unassessed) == (0.5, 4, 1)


@given(clusters_of_outcomes)
def test_every_estimate_is_finite_and_holds_its_value(clusters: list[str]) -> None:
    found, worst = rate(clusters), worst_case(clusters)
    for one in (found, worst):
        assert all(math.isfinite(number) for number in (one.value, one.low, one.high))
        assert 0 <= one.low <= one.value <= one.high <= 1
    assert found.n == sum(len(cluster) - cluster.count("u") for cluster in clusters)
    assert found.unassessed == worst.unassessed == sum(cluster.count("u") for cluster in clusters)
    assert worst.value >= found.value


@given(clusters_of_outcomes)
def test_clustering_never_claims_more_than_independent_trials(clusters: list[str]) -> None:
    found = rate(clusters)
    exact = clopper_pearson(round(found.value * found.n), found.n)
    assert found.high - found.low >= exact.high - exact.low - 1e-9


@given(clusters_of_outcomes)
def test_the_order_of_prompts_does_not_matter(clusters: list[str]) -> None:
    one, other = rate(clusters), rate(sorted(clusters))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (1, -1), (1.5, 2), (True, 2), (math.nan, 2), (0, 2**54)])
def test_impossible_counts_are_refused(successes: object, n: object) -> None:
    for found in (clopper_pearson, wilson):
        with pytest.raises(Invalid):
            found(successes, n)
    with pytest.raises(Invalid):
        clustered([(1, 2), (successes, n)])


@pytest.mark.parametrize("clusters", [["sx"], ["S"], [None], [3]])
def test_an_unknown_outcome_is_refused(clusters: list[object]) -> None:
    for found in (rate, worst_case):
        with pytest.raises(Invalid) as caught:
            found(clusters)
        assert caught.value.code == "estimate.outcome"


def test_the_clustered_interval_covers_where_the_independent_one_does_not() -> None:
    """51 prompts, 5 trials each, rates drawn from a beta distribution with intraclass correlation 0.5."""
    random = np.random.default_rng(2026)
    mean, repetitions = 0.2, 400
    held = {"clustered": 0, "independent": 0}
    for _ in range(repetitions):
        hits = random.binomial(5, random.beta(mean, 1 - mean, 51))
        robust = clustered([(int(count), 5) for count in hits])
        naive = clopper_pearson(int(hits.sum()), 255)
        held["clustered"] += robust.low <= mean <= robust.high
        held["independent"] += naive.low <= mean <= naive.high
    assert held["clustered"] / repetitions >= 0.93
    assert held["independent"] / repetitions <= 0.85
