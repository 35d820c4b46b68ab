"""Signs come back from their bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.fingerprint.trits import pack, packed_size, unpack


@given(st.lists(st.integers(-1, 1), max_size=200))
def test_they_come_back(signs: list[int]) -> None:
    data = pack(np.array(signs, np.int8))
    assert len(data) == packed_size(len(signs))
    assert unpack(data, len(signs)).tolist() == signs


def test_bytes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="6 signs take 2 bytes"):
        unpack(b"\0", 6)
