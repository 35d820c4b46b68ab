"""Times with cases that have not ended: the same as statsmodels finds, and cautious where cases are few."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.estimate.survival import Waited, curve, median
from kept.errors import Invalid

CASES = st.lists(st.builds(Waited, st.integers(1, 40).map(float), st.booleans()), min_size=6, max_size=60)


def drawn(seed: int, n: int) -> list[Waited]:
    chance = random.Random(seed)
    return [Waited(round(chance.expovariate(1 / 20), 2), chance.random() < 0.7) for _ in range(n)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n", [8, 30, 200])
def test_statsmodels_finds_the_same(seed: int, n: int) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    cases = drawn(seed, n)
    theirs = SurvfuncRight([case.days for case in cases], [int(case.ended) for case in cases])
    steps = curve(cases)
    assert [step.days for step in steps] == list(theirs.surv_times)
    assert [step.surviving for step in steps] == pytest.approx(list(theirs.surv_prob), abs=1e-12)
    ours = median(cases)
    value, (low, high) = theirs.quantile(0.5), theirs.quantile_ci(0.5)
    # Where the curve lies at one half for a while, the first such time is ours, and the last theirs.
    value = next((step.days for step in steps if abs(step.surviving - 0.5) < 1e-12), value)
    assert (ours.value if ours.value is not None else math.nan) == pytest.approx(value, nan_ok=True)
    assert ours.low == low
    assert ours.high == (None if math.isinf(high) else high)


def test_of_few_cases_nothing_is_known_on_either_side() -> None:
    found = median([Waited(3.0, True)] * 5)
    assert (found.value, found.low, found.high, found.n, found.ended) == (3.0, 0.0, None, 5, 5)
    assert median([Waited(3.0, True)] * 6).high == 3.0


def test_where_most_have_not_ended_the_median_is_not_reached() -> None:
    found = median([Waited(5.0, True), *[Waited(30.0, False)] * 20])
    assert (found.value, found.high) == (None, None)


def test_nothing_says_nothing() -> None:
    found = median([])
    assert (found.value, found.low, found.high, found.n) == (None, 0.0, None, 0)


def test_no_case_takes_less_than_no_time() -> None:
    for days in (-1.0, math.nan, math.inf):
        with pytest.raises(Invalid, match="negative"):
            median([Waited(days, True)])


@given(CASES)
def test_the_median_lies_in_its_interval(cases: list[Waited]) -> None:
    found = median(cases)
    if found.value is not None:
        assert found.low is not None
        assert found.low <= found.value
        assert found.high is None or found.value <= found.high


@given(CASES, st.floats(1.5, 10))
def test_days_may_be_counted_in_another_unit(cases: list[Waited], factor: float) -> None:
    once = median(cases)
    again = median([Waited(case.days * factor, case.ended) for case in cases])
    for one, other in zip((once.value, once.low, once.high), (again.value, again.low, again.high), strict=True):
        assert (one is None) == (other is None)
        assert one is None or other == pytest.approx(one * factor)
