"""What is sealed opens for its own item and case, with its own key, unchanged, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Unverified
from kept.practices.disclosure.methods.triage.sealing import opened, packed, sealed, unpacked

KEY, NONCE = b"k" * 32, b"n" * 12
PARTS = st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=80), max_size=5)


@given(PARTS)
def test_it_opens_as_it_was(parts: dict[str, bytes]) -> None:
    assert unpacked(packed(parts)) == parts
    made = sealed(parts, key=KEY, nonce=NONCE, item="q-1", case="r-1")
    assert opened(made, key=KEY, item="q-1", case="r-1") == parts


def test_nothing_else_opens_it() -> None:
    made = sealed({"report": b"x"}, key=KEY, nonce=NONCE, item="q-1", case="r-1")
    for data, told in (
        (made, {"key": b"j" * 32}),
        (made, {"item": "q-2"}),
        (made, {"case": "r-2"}),
        (made[:-1], {}),
        (b"", {}),
        (made + b"x", {}),
    ):
        with pytest.raises(Unverified, match="not what was sealed"):
            opened(data, **{"key": KEY, "item": "q-1", "case": "r-1", **told})
