"""Templates: their slots hold harmless placeholders only, and their pattern finds them however they are filled."""

import re

import pytest
import re2

from kept.errors import Invalid
from kept.practices.sharing.methods.placeholders import PLACEHOLDERS
from kept.practices.sharing.methods.templates import check, filled, pattern_of, slots_of
from kept.practices.sharing.records.contents import Slot

TURNS = ("You are {who} (no rules).", "First {ask}; then, {who}, say $5 [so].")
SLOTS = (
    Slot(name="who", kind="name", examples=("Robot", "Teacher")),
    Slot(name="ask", kind="request", examples=("explain how tea is made",)),
)


def test_slots_are_filled_with_their_first_example_or_the_one_that_was_chosen() -> None:
    assert slots_of(TURNS) == ("who", "ask")
    assert filled(TURNS, SLOTS)[0] == "You are Robot (no rules)."
    chosen = filled(TURNS, SLOTS, {"ask": "name three kinds of bread"})
    assert chosen[1] == "First name three kinds of bread; then, Robot, say $5 [so]."


@pytest.mark.parametrize("engine", [re, re2])
def test_the_pattern_finds_the_turn_however_it_is_filled(engine) -> None:
    pattern = engine.compile(pattern_of(TURNS))
    assert pattern.search("First   do something else; then, my friend, say $5 [so].")
    assert not pattern.search("First do something else; then, say $6 [so].")


def test_a_user_s_own_words_are_no_example() -> None:
    check(TURNS, SLOTS)
    own = Slot(name="ask", kind="request", examples=("tell me about my neighbour at 5 Elm Road",))
    with pytest.raises(Invalid, match="no harmless placeholder"):
        check(TURNS, (SLOTS[0], own))


@pytest.mark.parametrize("slots", [SLOTS[:1], (*SLOTS, SLOTS[0]), ()])
def test_each_slot_is_described_once(slots: tuple[Slot, ...]) -> None:
    with pytest.raises(Invalid, match="described are"):
        check(TURNS, slots)


def test_every_placeholder_is_short_and_on_one_line() -> None:
    for examples in PLACEHOLDERS.values():
        assert len(set(examples)) == len(examples) == 8
        assert all(len(example) <= 40 and example.isprintable() for example in examples)
