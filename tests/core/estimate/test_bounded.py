"""A confidence sequence: bounds that hold at all times, for a whole series of numbers in [0, 1]."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core.estimate import anytime, confidence_sequence
from kept.errors import Invalid


@settings(deadline=None)
@given(st.text(alphabet="sr", min_size=1, max_size=40), st.sampled_from([0.8, 0.95, 0.99]))
def test_it_is_the_running_intersection_of_the_anytime_intervals(outcomes: str, level: float) -> None:
    bounds = confidence_sequence([float(one == "s") for one in outcomes], level=level)
    each = [anytime(list(outcomes[: n + 1]), level=level) for n in range(len(outcomes))]
    assert bounds.lower == pytest.approx(np.maximum.accumulate([one.low for one in each]), abs=1e-9)
    assert bounds.upper == pytest.approx(np.minimum.accumulate([one.high for one in each]), abs=1e-9)


def test_it_covers_at_all_times_at_once() -> None:
    random = np.random.default_rng(11)
    missed = 0
    for mean, spread in [(0.03, 20), (0.3, 2), (0.5, 1)]:
        for _ in range(150):
            bounds = confidence_sequence(random.beta(mean * spread, (1 - mean) * spread, 400), level=0.9)
            missed += bool(np.any((bounds.lower > mean) | (bounds.upper < mean)))
    assert missed / 450 <= 0.1


def test_it_closes_in_on_the_mean() -> None:
    bounds = confidence_sequence([0.25] * 20_000)
    assert bounds.upper[-1] - bounds.lower[-1] < 0.02
    assert bounds.lower[-1] <= 0.25 <= bounds.upper[-1]


@pytest.mark.parametrize("wrong", [[0.1, 1.5], [-0.1], [math.nan], [[0.1, 0.2]]])
def test_what_is_no_series_of_numbers_from_0_to_1_is_refused(wrong: list[float]) -> None:
    with pytest.raises(Invalid) as caught:
        confidence_sequence(wrong)
    assert caught.value.code == "estimate.observations"
