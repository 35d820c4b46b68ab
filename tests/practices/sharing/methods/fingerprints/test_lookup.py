"""A table of first bits finds what halving finds, however alike the hashes begin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.sharing.methods.fingerprints.lookup import Lookup, turned

# Few beginnings and few ends, so that several begin alike, are the same, or are nearly what is sought.
numbers = st.lists(
    st.builds(lambda begin, end: begin << 60 | end, st.integers(0, 3), st.integers(0, 5)), max_size=40
).map(lambda each: np.array(each, dtype=np.uint64))


@given(numbers, numbers, st.integers(1, 12))
def test_what_stands_there_is_found_and_nothing_else(held: np.ndarray, sought: np.ndarray, width: int) -> None:
    ordered = np.sort(held)
    places, there = Lookup(ordered, width).find(sought)
    assert there.tolist() == [each in held.tolist() for each in sought.tolist()]
    assert ordered[places[there]].tolist() == sought[there].tolist()


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_turned_twice_a_hash_is_what_it_was(hashes: list[int]) -> None:
    given_ = np.array(hashes, dtype=np.uint64)
    assert turned(turned(given_)).tolist() == hashes
    assert turned(given_).tolist() == [int.from_bytes(each.to_bytes(8), "little") for each in hashes]
