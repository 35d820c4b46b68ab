"""Attacks on sounds do what they are called, and leave the mark in place."""

from functools import cache

import numpy as np
import pytest

from kept.practices.provenance.methods.attacks.sounds import ATTACKS
from kept.practices.provenance.methods.sound import detect, embed
from kept.practices.provenance.methods.standins import sound
from kept.practices.provenance.records import MarkKey, Payload

KEY, PAYLOAD, RATE = MarkKey("one", bytes(range(32))), Payload(77, 123_456_789), 44_100
PLAIN = sound(3)


@cache
def marked() -> np.ndarray:
    return embed(PLAIN, RATE, PAYLOAD, KEY)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_mark_survives_and_an_unmarked_sound_has_none(name: str) -> None:
    attacked = ATTACKS[name](marked(), RATE, 5)
    assert attacked.dtype == np.float32
    found = detect(attacked, RATE, [KEY])
    assert found is not None
    assert found.payload == PAYLOAD
    assert detect(ATTACKS[name](PLAIN, RATE, 5), RATE, [KEY]) is None


@pytest.mark.parametrize("name", ATTACKS)
def test_the_same_seed_does_the_same_and_the_sound_stays_as_it_was(name: str) -> None:
    before = marked().copy()
    assert np.array_equal(ATTACKS[name](marked(), RATE, 5), ATTACKS[name](marked(), RATE, 5))
    assert np.array_equal(marked(), before)
    assert name == "none" or not np.array_equal(ATTACKS[name](marked(), RATE, 5), marked())
