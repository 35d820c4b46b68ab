"""Keys are written as age writes them."""

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.disclosure.methods import bech32

PREFIX = "age-secret-key-"


def test_what_age_makes_is_read_and_written_the_same() -> None:
    for _ in range(8):
        identity = str(pyrage.x25519.Identity.generate())
        scalar = bech32.decode(PREFIX, identity)
        assert len(scalar) == 32
        assert bech32.encode(PREFIX, scalar).upper() == identity


@given(st.binary(max_size=80))
def test_any_bytes_come_back(data: bytes) -> None:
    assert bech32.decode("age", bech32.encode("age", data)) == data


@pytest.mark.parametrize(
    "text", ["", "age1", "age1qqqqqq", "AGE1qqqqqq", "other1qqqqqqqq", "age1b" + "q" * 20, "age1" + "q" * 57 + "7"]
)
def test_what_is_no_bech32_is_none(text: str) -> None:
    assert bech32.decode("age", text) is None


@given(st.binary(min_size=32, max_size=32), st.data())
def test_a_letter_that_was_changed_is_noticed(data: bytes, draw: st.DataObject) -> None:
    text = bech32.encode("age", data)
    at = draw.draw(st.integers(4, len(text) - 1))
    letter = draw.draw(st.sampled_from([each for each in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if each != text[at]]))
    assert bech32.decode("age", text[:at] + letter + text[at + 1 :]) is None
