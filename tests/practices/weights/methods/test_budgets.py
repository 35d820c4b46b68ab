"""Budgets: in no span of time does more leave than was allowed, whoever asks, however slowly."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kept.errors import Invalid
from kept.practices.weights.methods.budgets import SLICES, UNBOUNDED, Spending, read_budget
from kept.practices.weights.records.access import Budget, Room

HOUR = 3_600_000
DAY = 24 * HOUR
ALICE = {"person": "alice", "team": "alignment", "host": "gpu-1"}
BOB = {"person": "bob", "team": "alignment", "host": "gpu-1"}


def test_a_budget_is_read_from_words() -> None:
    assert read_budget(" person  1d 200GB") == Budget("person", "read", 86_400, 200 * 10**9, "person 1d 200GB")
    assert read_budget("export everyone 30d 1.5TB").bytes == 1_500_000_000_000
    assert read_budget("export everyone 30d 1.5TB").kind == "export"


@pytest.mark.parametrize(
    "text", ["", "person 200GB", "nobody 1d 1GB", "person 0d 1GB", "person 401d 1GB", "person 1d -1GB", "person 1d 1XB"]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"is not a budget|is no amount|is no span"):
        read_budget(text)


def test_without_budgets_anything_may_leave() -> None:
    assert Spending([]).room(0, "export", ALICE) == Room(UNBOUNDED, "")


def test_the_tightest_budget_counts_and_is_named() -> None:
    spending = Spending(map(read_budget, ["person 1d 10GB", "team 1d 12GB", "everyone 30d 1TB"]))
    spending.charge(0, "read", BOB, 9 * 10**9)
    assert spending.room(0, "read", BOB) == Room(10**9, "person 1d 10GB")
    assert spending.room(0, "read", ALICE) == Room(3 * 10**9, "team 1d 12GB")


def test_exports_count_as_reads_and_reads_not_as_exports() -> None:
    spending = Spending(map(read_budget, ["person 1d 10GB", "export person 1d 2GB"]))
    spending.charge(0, "read", ALICE, 5 * 10**9)
    assert spending.room(0, "export", ALICE).bytes == 2 * 10**9
    spending.charge(0, "export", ALICE, 10**9)
    assert spending.room(0, "export", ALICE) == Room(10**9, "export person 1d 2GB")
    assert spending.room(0, "read", ALICE).bytes == 4 * 10**9


def test_a_slow_leak_is_stopped_by_the_long_span() -> None:
    spending = Spending(map(read_budget, ["person 1d 10GB", "person 30d 100GB"]))
    left = 0
    for day in range(30):
        amount = min(9 * 10**9, spending.room(day * DAY, "read", ALICE).bytes)
        spending.charge(day * DAY, "read", ALICE, amount)
        left += amount
    assert left == 100 * 10**9


def test_what_was_given_back_may_leave_again() -> None:
    spending = Spending([read_budget("person 1d 10GB")])
    spending.charge(0, "read", ALICE, 10**10)
    spending.charge(1, "read", ALICE, -(10**9))
    assert spending.room(1, "read", ALICE).bytes == 10**9


def test_whoever_left_nothing_in_the_span_is_forgotten() -> None:
    spending = Spending([read_budget("person 1h 10GB")])
    spending.charge(0, "read", ALICE, 1)
    spending.forget(HOUR)
    assert spending.room(HOUR, "read", ALICE).bytes == 10**10 - 1
    spending.forget(3 * HOUR)
    assert not spending._slices


@given(some.lists(some.tuples(some.integers(0, DAY // 4), some.integers(1, 400)), max_size=60))
def test_in_no_span_wherever_it_begins_does_more_leave(steps: list[tuple[int, int]]) -> None:
    spending = Spending([Budget("person", "read", 86_400, 1000, "person 1d 1kB")])
    now, left = 0, []
    for wait, wanted in steps:
        now += wait
        amount = min(wanted, spending.room(now, "read", ALICE).bytes)
        spending.charge(now, "read", ALICE, amount)
        left.append((now, amount))
    for end, _ in left:
        assert sum(amount for moment, amount in left if end - DAY < moment <= end) <= 1000


@given(some.integers(0, DAY), some.integers(1, 1000))
def test_what_left_counts_for_the_span_and_at_most_a_slice_longer(moment: int, amount: int) -> None:
    spending = Spending([Budget("host", "read", 86_400, 1000, "")])
    spending.charge(moment, "read", ALICE, amount)
    assert spending.room(moment + DAY - 1, "read", ALICE).bytes == 1000 - amount
    assert spending.room(moment + DAY + 2 * DAY // SLICES, "read", ALICE).bytes == 1000
