"""Intervals for independent trials agree with scipy."""

import pytest
from scipy.stats import binomtest

from kept.core.estimate import clopper_pearson, wilson


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 60), (60, 60), (3, 60), (30, 61), (7, 100_000)])
def test_intervals_for_independent_trials_agree_with_scipy(successes: int, n: int, level: float) -> None:
    reference = binomtest(successes, n)
    for found, method in ((clopper_pearson, "exact"), (wilson, "wilson")):
        ours, theirs = found(successes, n, level=level), reference.proportion_ci(level, method=method)
        assert ours.low == pytest.approx(theirs.low, abs=1e-12)
        assert ours.high == pytest.approx(theirs.high, abs=1e-12)
        assert ours.value == successes / n
