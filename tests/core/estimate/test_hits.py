"""hit@k: unbiased, over prompts, and equal to the rate for one try."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kept.core.estimate import clopper_pearson, hit_at_k
from kept.errors import Invalid


def test_it_is_the_share_of_subsets_with_a_success() -> None:
    subsets = list(itertools.combinations("srrsrr", 3))
    expected = np.mean(["s" in subset for subset in subsets])
    assert hit_at_k(["srrsrr", "srrsrr"], 3).value == pytest.approx(expected)


def test_one_try_per_prompt_is_the_exact_interval() -> None:
    found, exact = hit_at_k(["s"] * 6 + ["r"] * 54, 1), clopper_pearson(6, 60)
    assert found.value == exact.value
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=5e-3)
    assert hit_at_k(["rrr"] * 60, 3).high == clopper_pearson(0, 60).high


def test_a_prompt_with_fewer_tries_is_unassessed() -> None:
    found = hit_at_k(["ssr", "rrr", "ru", "uuu"], 3)
    assert (found.n, found.unassessed) == (2, 2)


def test_what_says_nothing_about_other_prompts_is_inconclusive() -> None:
    for clusters in ([], ["uuu"], ["srr"], ["r"]):
        found = hit_at_k(clusters, 3)
        assert (found.low, found.high) == (0.0, 1.0)
        assert found.method.startswith("inconclusive")


def test_it_covers() -> None:
    random, held = np.random.default_rng(4), 0
    truth = 1 - np.prod([(9 + i) / (10 + i) for i in range(5)])  # E[1 - (1 - p)^5] for p of Beta(1, 9)
    for _ in range(400):
        hits = random.random((60, 8)) < random.beta(1, 9, 60)[:, None]
        found = hit_at_k(["".join("s" if hit else "r" for hit in row) for row in hits], 5)
        held += found.low <= truth <= found.high
    assert held / 400 >= 0.93


@example(["rrrrs"] * 3, 3)
@settings(deadline=None)
@given(st.lists(st.text(alphabet="sru", max_size=6), max_size=20), st.integers(1, 5))
def test_more_tries_never_hit_less(clusters: list[str], k: int) -> None:
    full = [cluster for cluster in clusters if len(cluster) - cluster.count("u") > k]
    one, other = hit_at_k(full, k), hit_at_k(full, k + 1)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.n == 0 or other.value >= one.value - 1e-12


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_a_k_that_is_no_number_of_tries_is_refused(k: object) -> None:
    with pytest.raises(Invalid):
        hit_at_k(["s"], k)
