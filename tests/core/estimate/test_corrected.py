"""Corrected rates: the published formulas, symmetric and cautious, covering where judges err and prompts repeat."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from kept.core.estimate import Calibration, Estimate, corrected, corrected_rate, corrected_worst_case
from kept.errors import Invalid

GOOD = Calibration(45, 50, 47, 50)
nan = math.nan

outcomes_in_clusters = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, nan]), st.integers(min_value=0, max_value=9)), max_size=60
)
calibrations = st.tuples(st.integers(1, 200), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1)).map(
    lambda one: Calibration(round(one[0] * one[2]), one[0], round(one[1] * one[3]), one[1])
)


def split(pairs: Sequence[tuple[float, int]]) -> tuple[list[float], list[int]]:
    return [outcome for outcome, _ in pairs], [cluster for _, cluster in pairs]


def informative(calibration: Calibration) -> bool:
    return calibration.sensitivity + calibration.specificity > 1 + 1e-9


def test_the_value_is_that_of_rogan_and_gladen() -> None:
    found = corrected_rate([1] * 30 + [0] * 70, GOOD)
    assert found.value == pytest.approx((0.3 + 0.94 - 1) / (0.9 + 0.94 - 1))
    assert (found.n, found.unassessed, found.method) == (100, 0, "lang-reiczigel")


def test_the_interval_is_that_of_lang_and_reiczigel_for_many_labels() -> None:
    """With 5,000 labels of either kind Student's quantile is the normal one, and the published formula remains."""
    calibration, n, hits, z = Calibration(4500, 5000, 4700, 5000), 400, 90, norm.ppf(0.975)
    p, q1, q0 = (hits + z**2 / 2) / (n + z**2), 4501 / 5002, 4701 / 5002
    rate = (p + q0 - 1) / (q1 + q0 - 1)
    shift = 2 * z**2 * (rate * q1 * (1 - q1) / 5002 - (1 - rate) * q0 * (1 - q0) / 5002)
    variance = p * (1 - p) / (n + z**2) + (1 - rate) ** 2 * q0 * (1 - q0) / 5002 + rate**2 * q1 * (1 - q1) / 5002
    half = z * math.sqrt(variance) / (q1 + q0 - 1)
    found = corrected_rate([1] * hits + [0] * (n - hits), calibration)
    assert found.low == pytest.approx(rate + shift - half, abs=4e-4)
    assert found.high == pytest.approx(rate + shift + half, abs=4e-4)


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda held: np.array(held, dtype=np.float32)])
def test_any_sequence_of_outcomes_will_do(make: type) -> None:
    expected = corrected_rate([1, 0, 0, nan, 0, 0, 0, 0], GOOD)
    assert corrected_rate(make([1, 0, 0, nan, 0, 0, 0, 0]), GOOD) == expected
    assert corrected_rate([True, False, False, None, False, 0, 0, 0], GOOD) == expected
    assert expected.unassessed == 1


def test_strings_per_prompt_say_the_same() -> None:
    by_number = corrected_rate([1, 0, 0, nan, 1, 1], GOOD, clusters=["a", "a", "b", "b", "c", "c"])
    assert corrected(["sr", "ru", "ss"], GOOD) == by_number


@pytest.mark.parametrize(
    ("outcomes", "clusters", "calibration", "why"),
    [
        ([], None, GOOD, "none assessed"),
        ([], [], GOOD, "none assessed"),
        ([nan] * 30, None, GOOD, "none assessed"),
        ([nan, nan], ["a", "b"], GOOD, "none assessed"),
        ([0] * 30, ["a"] * 30, GOOD, "a single prompt"),
        ([0] * 30 + [nan], ["a"] * 30 + ["b"], GOOD, "a single prompt"),
        ([0] * 30, None, None, "no calibration belongs to it"),
        ([0] * 30, None, Calibration(2, 3, 2, 3), "the judge is not told from a coin"),
    ],
)
def test_what_cannot_be_concluded_says_so_and_is_never_a_confident_zero(
    outcomes: list[float], clusters: list[str] | None, calibration: Calibration | None, why: str
) -> None:
    found = corrected_rate(outcomes, calibration, clusters=clusters)
    assert (found.low, found.high, found.method) == (0.0, 1.0, f"inconclusive: {why}")
    assert 0 <= found.value <= 1


def test_a_judge_no_better_than_a_coin_is_refused_before_anything_else() -> None:
    for outcomes in ([], [1, 0], [nan]):
        with pytest.raises(Invalid, match="no more than 1") as caught:
            corrected_rate(outcomes, Calibration(5, 10, 5, 10))
        assert caught.value.code == "estimate.uninformative"


@pytest.mark.parametrize("wrong", [[0.5], [2], [math.inf], ["1"], [[1, 0]], "10", [1, "s"], [object()], [1j]])
def test_what_is_no_outcome_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        corrected_rate(wrong, GOOD)


@pytest.mark.parametrize("wrong", [["a"], ["a", None], ["a", nan], [], ["a", "b", "c"]])
def test_clusters_that_do_not_fit_are_refused(wrong: list[object]) -> None:
    with pytest.raises(Invalid) as caught:
        corrected_rate([1, 0], GOOD, clusters=wrong)
    assert caught.value.code == "estimate.clusters"


@pytest.mark.parametrize("wrong", [0, 1, 0.0, 1.0, nan, "0.95"])
def test_a_level_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        corrected_rate([1, 0], GOOD, level=wrong)


@settings(deadline=None)
@given(outcomes_in_clusters, calibrations.filter(informative))
def test_the_interval_holds_its_value_and_grows_with_the_level(
    pairs: list[tuple[float, int]], calibration: Calibration
) -> None:
    outcomes, clusters = split(pairs)
    for named in (None, clusters):
        narrow = corrected_rate(outcomes, calibration, clusters=named, level=0.8)
        wide = corrected_rate(outcomes, calibration, clusters=named, level=0.99)
        assert 0 <= narrow.low <= narrow.value <= narrow.high <= 1
        assert wide.value == narrow.value or wide.n == 0
        assert wide.high - wide.low >= narrow.high - narrow.low - 0.05


@settings(deadline=None)
@given(outcomes_in_clusters, calibrations.filter(informative))
def test_swapping_success_and_resistance_mirrors_it(pairs: list[tuple[float, int]], calibration: Calibration) -> None:
    outcomes, clusters = split(pairs)
    swapped = Calibration(
        calibration.true_negatives, calibration.negatives, calibration.true_positives, calibration.positives
    )
    one = corrected_rate(outcomes, calibration, clusters=clusters)
    other = corrected_rate([1 - outcome for outcome in outcomes], swapped, clusters=clusters)
    expected = (1 - other.value, 1 - other.high, 1 - other.low)
    assert (one.value, one.low, one.high) == pytest.approx(expected, abs=1e-9)
    assert one.method == other.method


@settings(deadline=None)
@given(outcomes_in_clusters, st.integers(1, 20))
def test_what_was_not_assessed_never_narrows(pairs: list[tuple[float, int]], more: int) -> None:
    outcomes, clusters = split(pairs)
    one = corrected_rate(outcomes, GOOD, clusters=clusters)
    other = corrected_rate(outcomes + [nan] * more, GOOD, clusters=[*clusters, *range(100, 100 + more)])
    assert (other.low, other.high, other.unassessed) == (one.low, one.high, one.unassessed + more)


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=80), st.integers(0, 79))
def test_one_more_success_never_lowers_it(outcomes: list[float], place: int) -> None:
    place %= len(outcomes)
    more = [*outcomes[:place], 1.0, *outcomes[place + 1 :]]
    one, other = corrected_rate(outcomes, GOOD), corrected_rate(more, GOOD)
    assert other.value >= one.value
    assert other.low >= one.low - 1e-9
    assert other.high >= one.high - 1e-9


@settings(deadline=None)
@given(outcomes_in_clusters)
def test_order_and_names_of_clusters_do_not_matter(pairs: list[tuple[float, int]]) -> None:
    outcomes, clusters = split(pairs)
    one = corrected_rate(outcomes, GOOD, clusters=clusters)
    other = corrected_rate(outcomes[::-1], GOOD, clusters=[f"prompt {name}" for name in clusters[::-1]])
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)


@settings(deadline=None)
@given(outcomes_in_clusters, st.integers(1, 12))
def test_clusters_never_claim_more_than_independent_outcomes(pairs: list[tuple[float, int]], labels: int) -> None:
    outcomes, clusters = split(pairs)
    calibration = Calibration(labels * 9, labels * 10, labels * 9, labels * 10)
    one = corrected_rate(outcomes, calibration)
    other = corrected_rate(outcomes, calibration, clusters=clusters)
    if one.method == "lang-reiczigel" and one.low > 0.02 and one.high < 0.98:
        assert other.high - other.low >= one.high - one.low - 1e-9


def test_the_worst_case_counts_the_unassessed_as_true_successes() -> None:
    found, worst = corrected(["s", "r", "r", "u"], GOOD), corrected_worst_case(["s", "r", "r", "u"], GOOD)
    assert worst.value == pytest.approx((3 * found.value + 1) / 4)
    assert worst.high >= found.high
    assert (worst.n, worst.unassessed, worst.method) == (4, 1, "worst case: lang-reiczigel")
    assert corrected_worst_case(["u"], GOOD).n == 0


def judged(random: np.random.Generator, rates: np.ndarray, *, per: int, errors: tuple[float, float]) -> np.ndarray:
    """What a judge says of `per` answers to each prompt."""
    sensitivity, specificity = errors
    succeeded = random.random((rates.size, per)) < rates[:, None]
    return np.where(random.random(succeeded.shape) < np.where(succeeded, sensitivity, 1 - specificity), 1.0, 0.0)


@pytest.mark.parametrize(
    ("rate", "errors", "prompts", "per", "labels", "alike"),
    [
        (0.05, (0.9, 0.95), 256, 1, 50, 0.0),
        (0.5, (0.8, 0.9), 256, 1, 50, 0.0),
        (0.1, (0.9, 0.95), 51, 5, 1000, 0.4),
        (0.1, (1.0, 1.0), 20, 10, 50, 0.4),
        (0.95, (1.0, 1.0), 20, 10, 50, 0.4),
    ],
)
def test_it_covers_where_the_judge_errs_and_prompts_repeat(
    rate: float, errors: tuple[float, float], prompts: int, per: int, labels: int, alike: float
) -> None:
    """`alike` is the intraclass correlation of a prompt's answers, from a beta distribution of rates."""
    random, repetitions, held = np.random.default_rng(311), 300, 0
    clusters = np.repeat(np.arange(prompts), per)
    for _ in range(repetitions):
        spread = (1 / alike - 1) if alike else 0.0
        rates = random.beta(rate * spread, (1 - rate) * spread, prompts) if alike else np.full(prompts, rate)
        outcomes = judged(random, rates, per=per, errors=errors).ravel()
        right = (int(random.binomial(labels, errors[0])), labels, int(random.binomial(labels, errors[1])), labels)
        found: Estimate = corrected_rate(outcomes, Calibration(*right), clusters=clusters if per > 1 else None)
        held += found.low <= rate <= found.high
    assert held / repetitions >= 0.92
