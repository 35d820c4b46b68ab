"""Every state can be reached and left as the table says, and no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Conflict
from kept.practices.disclosure.methods.triage.states import ENDED, MOVES, STATES, allowed, decision_of, moved, state_of


def test_the_table_speaks_of_known_states_and_leads_everywhere_but_back_to_received() -> None:
    for name, move in MOVES.items():
        assert set(move.sources) <= set(STATES), name
        assert move.target in STATES
        assert move.words.endswith(".")
    assert {move.target for move in MOVES.values()} == set(STATES) - {"received"}


def test_every_state_can_be_left() -> None:
    assert all(allowed(state) for state in STATES)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", MOVES)
def test_a_move_is_allowed_exactly_where_the_table_says(state: str, event: str) -> None:
    if state in MOVES[event].sources:
        assert moved(state, event) == MOVES[event].target
    else:
        with pytest.raises(Conflict, match=f"A case that is {state} can't become"):
            moved(state, event)


def test_what_is_no_move_leaves_the_state() -> None:
    assert state_of(["received", "noted", "acknowledged", "assigned"]) == "acknowledged"


def test_what_was_decided_stands_until_it_is_taken_back() -> None:
    assert decision_of(["received", "out of scope", "closed"]) == "out of scope"
    assert decision_of(["received", "duplicate", "reopened", "noted"]) == ""
    assert decision_of(["received", "not reproduced", "reproduced", "fixed", "closed"]) == "reproduced"


def test_a_weakness_that_came_back_is_being_fixed_again() -> None:
    assert state_of(["acknowledged", "reproduced", "fixed", "published", "regressed"]) == "fixing"


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=12))
def test_whatever_is_tried_the_state_is_a_known_one(tried: list[str]) -> None:
    state = "received"
    for event in tried:
        if event in allowed(state):
            state = moved(state, event)
    assert state in STATES
    assert state not in ENDED or "reopened" in allowed(state)
