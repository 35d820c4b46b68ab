"""What a share of equal signs comes to: agreement has a bounded chance, disagreement needs enough to go by."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.fingerprint.agreement import NOTHING, Tally, judge

COUNTS = st.integers(0, 5000)


def test_nothing_compared_says_nothing() -> None:
    assert judge([], dispersion=4) == NOTHING == judge([Tally(0, 0)], dispersion=4)


@given(st.lists(st.tuples(COUNTS, st.floats(0, 1)), max_size=20), st.floats(1, 10))
def test_it_never_both_agrees_and_is_likely_by_chance(given: list[tuple[int, float]], dispersion: float) -> None:
    tallies = [Tally(count, round(count * share)) for count, share in given]
    found = judge(tallies, dispersion=dispersion)
    assert 0 <= found.p_value <= 1
    assert (found.state == "agrees") == (found.p_value <= 1e-4)
    if found.state == "disagrees":
        assert max(tally.compared for tally in tallies) > 36 * dispersion


def test_the_bound_is_the_one_that_is_stated() -> None:
    found = judge([Tally(400, 300), Tally(400, 200), Tally(0, 0)], dispersion=4)
    assert found.p_value == pytest.approx(2 * exp(-((200 / 40) ** 2) / 2))
    assert (found.share, found.compared) == (0.75, 400)


def test_disagreement_needs_enough_to_be_compared() -> None:
    assert judge([Tally(100, 50)], dispersion=4).state == "inconclusive"
    assert judge([Tally(1000, 500)], dispersion=4).state == "disagrees"
    assert judge([Tally(1000, 500), Tally(260, 160)], dispersion=4).state == "inconclusive"
    assert judge([Tally(1000, 500), Tally(100, 50)], dispersion=4).state == "disagrees"


def test_signs_that_have_nothing_to_do_with_each_other_never_agree() -> None:
    generator = np.random.default_rng(0)
    for _ in range(2000):
        tallies = [Tally(500, int(same)) for same in generator.binomial(500, 0.5, 50)]
        assert judge(tallies, dispersion=1).state == "disagrees"
