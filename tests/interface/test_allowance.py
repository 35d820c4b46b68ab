"""A caller gets a burst, then a steady rate, and can't get more by another name."""

from hypothesis import given
from hypothesis import strategies as st

from kept.interface import allowance
from kept.interface.allowance import Allowance


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_followed_by_a_steady_rate() -> None:
    time = Time()
    given_ = Allowance(time, rate=2, burst=3)
    assert [given_.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    time.now = 0.5
    assert [given_.take("a"), given_.take("a")] == [0, 0.5]


def test_what_writes_costs_more_and_a_costly_request_is_never_out_of_reach() -> None:
    given_ = Allowance(Time(), rate=1, burst=4, write=3)
    assert given_.take("a", weight=given_.write) == 0
    assert given_.take("a", weight=given_.write) == 2
    assert Allowance(Time(), rate=1, burst=4).take("b", weight=100) == 0


def test_one_caller_does_not_use_up_anothers() -> None:
    given_ = Allowance(Time(), rate=1, burst=1)
    assert [given_.take("192.0.2.1"), given_.take("192.0.2.2")] == [0, 0]
    assert given_.take("192.0.2.1") > 0


def test_a_household_of_ipv6_is_one_caller_and_a_mapped_address_is_its_ipv4_one() -> None:
    given_ = Allowance(Time(), rate=1, burst=1)
    assert given_.take("2001:db8::1") == 0
    assert given_.take("2001:db8::2") > 0
    assert given_.take("2001:db8:0:1::1") == 0
    assert given_.take("192.0.2.1") == 0
    assert given_.take("::ffff:192.0.2.1") > 0


def test_many_callers_are_not_all_remembered() -> None:
    given_ = Allowance(Time(), rate=1, burst=1)
    for number in range(allowance.CALLERS + 50):
        given_.take(str(number))
    assert len(given_._left) == allowance.CALLERS


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 3)), max_size=50))
def test_no_more_is_ever_given_than_the_burst_and_the_rate_allow(steps: list[tuple[float, float]]) -> None:
    time = Time()
    given_ = Allowance(time, rate=2, burst=4)
    taken = 0.0
    for wait, weight in steps:
        time.now += wait
        taken += weight if given_.take("a", weight=weight) == 0 else 0
    assert taken <= 4 + 2 * time.now + 1e-6
