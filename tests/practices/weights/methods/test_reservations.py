"""Accounts: nothing is drawn that was not set aside, and nothing goes back that was drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kept.practices.weights.methods.reservations import Account, to_reserve
from kept.practices.weights.records.access import Reservation


def test_the_oldest_is_drawn_first_and_the_rest_goes_back() -> None:
    account = Account()
    account.add(Reservation(1, 100))
    account.add(Reservation(2, 50))
    assert account.draw(120) == 2
    assert account.settle() == (Reservation(2, 30),)
    assert account.balance == 0


@pytest.mark.parametrize("amount", [-1, 101])
def test_no_more_is_drawn_than_was_set_aside(amount: int) -> None:
    account = Account()
    account.add(Reservation(1, 100))
    with pytest.raises(ValueError, match="more is drawn"):
        account.draw(amount)


@given(some.lists(some.integers(0, 1000), max_size=20), some.lists(some.integers(0, 1000), max_size=40))
def test_drawn_and_given_back_make_what_was_set_aside(reserved: list[int], draws: list[int]) -> None:
    account = Account()
    for number, amount in enumerate(reserved, start=1):
        account.add(Reservation(number, amount))
    drawn = 0
    for amount in draws:
        if amount <= account.balance:
            account.draw(amount)
            drawn += amount
    assert account.drawn == drawn
    assert sum(each.bytes for each in account.settle()) + drawn == sum(reserved)


@given(some.integers(1, 1000), some.integers(0, 1000), some.integers(0, 1000))
def test_what_is_set_aside_covers_what_is_wanted_or_is_nothing(wanted: int, ahead: int, room: int) -> None:
    amount = to_reserve(wanted, ahead=ahead, room=room)
    assert amount <= room
    assert amount == 0 if wanted > room else wanted <= amount <= max(wanted, ahead)
