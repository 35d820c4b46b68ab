"""Whenever writing new keys is cut off, the file still opens, and a strict reader says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed import slots
from kept.practices.weights.methods.sealed.verifying import verify
from simulators.sealed_files import ENVELOPE, SLOT, plain_file, sealed, signed, slot

MADE = sealed(plain_file(10))
WHOLE = signed(MADE)
PREAMBLE = MADE.sealing.preamble
OLD, NEW = PREAMBLE.slots
NEXT = slot(PREAMBLE, b"new keys", 2)


@given(st.integers(0, SLOT))
def test_a_slot_torn_while_it_was_written_leaves_the_other(written: int) -> None:
    data = bytearray(WHOLE)
    data[NEW[0] : NEW[0] + written] = NEXT[:written]
    found = slots.current(data, PREAMBLE)
    whole = not NEXT[written:].strip(b"\0")
    assert found.envelope == (b"new keys" if whole else ENVELOPE)
    if NEXT[:written].strip(b"\0") and not whole:
        with pytest.raises(Unverified, match="changed"):
            verify(data)
    else:
        verify(data)


@given(st.integers(0, SLOT))
def test_an_old_slot_half_filled_with_zeros_leaves_the_new_one(erased: int) -> None:
    data = bytearray(WHOLE)
    data[slice(*NEW)] = NEXT
    data[OLD[0] : OLD[0] + erased] = bytes(erased)
    assert slots.current(data, PREAMBLE).envelope == b"new keys"


def test_without_a_whole_slot_there_are_no_keys() -> None:
    data = bytearray(WHOLE)
    data[slice(*OLD)] = bytes(SLOT)
    with pytest.raises(Unverified, match="no keys"):
        slots.current(data, PREAMBLE)
    data[OLD[0] + 40] = 1
    with pytest.raises(Unverified, match="slot 0"):
        slots.current(data, PREAMBLE)


def test_an_envelope_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Invalid, match="slots have"):
        slot(PREAMBLE, bytes(SLOT), 1)
