"""How many connections one caller holds: the idle make room, proxies aren't counted, and nobody suffers for another."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kept.surfaces.guard.crowds import Crowd


@dataclass(eq=False)
class Held:
    is_idle: bool = False
    gone: bool = False

    def let_go(self) -> None:
        self.gone = True


def test_one_more_than_so_many_is_not_let_in_and_the_others_are() -> None:
    crowd = Crowd(2)
    first, second = Held(), Held()
    assert crowd.enter(first, "192.0.2.1")
    assert crowd.enter(second, "::ffff:192.0.2.1")
    assert not crowd.enter(Held(), "192.0.2.1")
    assert crowd.enter(Held(), "192.0.2.2")
    crowd.leave(first, "192.0.2.1")
    assert crowd.enter(Held(), "192.0.2.1")


def test_the_idle_one_that_came_first_makes_room() -> None:
    crowd = Crowd(3)
    busy, first, second = Held(), Held(is_idle=True), Held(is_idle=True)
    assert all(crowd.enter(each, "2001:db8::1") for each in (busy, first, second))
    assert crowd.enter(Held(), "2001:db8::2")
    assert (busy.gone, first.gone, second.gone) == (False, True, False)
    # It says once more that it has left, and nothing is counted twice.
    crowd.leave(first, "2001:db8::1")
    second.is_idle = False
    assert not crowd.enter(Held(), "2001:db8::3")


def test_a_proxy_holds_as_many_as_it_likes() -> None:
    crowd = Crowd(1, proxies=["10.0.0.1", "2001:db8::1"])
    for _ in range(5):
        assert crowd.enter(Held(), "10.0.0.1")
        assert crowd.enter(Held(), "2001:db8::1")
    assert crowd.enter(Held(), "2001:db8::2")
    assert not crowd.enter(Held(), "2001:db8::3")


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_nobody_ever_holds_more_and_nothing_is_remembered_of_who_left(steps: list[tuple[int, bool]]) -> None:
    crowd, held = Crowd(3), {number: [] for number in range(4)}
    for number, idle in steps:
        one = Held(is_idle=idle)
        if crowd.enter(one, f"192.0.2.{number}"):
            held[number].append(one)
        held[number] = [each for each in held[number] if not each.gone]
        assert len(held[number]) <= 3
    for number, all_of_them in held.items():
        for each in all_of_them:
            crowd.leave(each, f"192.0.2.{number}")
    assert crowd._held == {}
