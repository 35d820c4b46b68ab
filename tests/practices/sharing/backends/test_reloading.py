"""Reloading: the one before answers until the next is there, and stays where the next can't be built."""

import threading

from kept.errors import Unavailable
from kept.practices.sharing.backends.reloading import Reloading


def test_the_one_before_answers_while_the_next_is_built() -> None:
    going, gone, state = threading.Event(), threading.Event(), ["1"]

    def build() -> str:
        if state[0] == "2":
            going.set()
            assert gone.wait(60)
        return f"matcher {state[0]}"

    reloading = Reloading(build, lambda: state[0], every=0.001)
    with reloading.watching():
        state[0] = "2"
        assert going.wait(60)
        assert [reloading() for _ in range(1000)] == ["matcher 1"] * 1000
        gone.set()
        while reloading() != "matcher 2":
            pass


def test_where_the_next_can_t_be_built_the_one_before_stays_and_it_is_tried_again() -> None:
    state, failing = ["1"], threading.Event()

    def build() -> str:
        if state[0] == "2" and not failing.is_set():
            failing.set()
            raise Unavailable("The store is out of reach.")
        return f"matcher {state[0]}"

    reloading = Reloading(build, lambda: state[0], every=0.001)
    with reloading.watching():
        state[0] = "2"
        while reloading() != "matcher 2":
            pass
    assert failing.is_set()
    assert reloading.failed is None
