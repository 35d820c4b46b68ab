"""Reports cost little while few come, and more the more come."""

from hypothesis import given
from hypothesis import strategies as st

from kept.practices.disclosure.methods.difficulty import ITERATIONS, MOST_DOUBLINGS, iterations

loads = st.integers(0, 100_000)
shares = st.floats(0, 1)


def test_without_load_it_is_the_least_and_it_doubles_with_each_usual_number() -> None:
    assert iterations(0, usual=20, filled=0.0) == iterations(20, usual=20, filled=0.5) == ITERATIONS
    assert iterations(40, usual=20, filled=0.0) == 2 * ITERATIONS
    assert iterations(60, usual=20, filled=0.0) == 4 * ITERATIONS
    assert iterations(20, usual=20, filled=0.75) == 4 * ITERATIONS


@given(loads, loads, shares, shares)
def test_it_never_falls_with_load_and_has_an_end(one: int, other: int, less: float, more: float) -> None:
    least = iterations(min(one, other), usual=20, filled=min(less, more))
    most = iterations(max(one, other), usual=20, filled=max(less, more))
    assert ITERATIONS <= least <= most <= ITERATIONS * 2**MOST_DOUBLINGS
