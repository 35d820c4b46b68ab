"""A receipt code is read however it was typed, and what follows from it never changes: reporters keep it on paper."""

import json
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.disclosure.methods.receipts import code_of, keys_of

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "disclosure" / "receipts.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["random"][:8])
def test_the_vectors_hold(vector: dict[str, str]) -> None:
    assert code_of(bytes.fromhex(vector["random"])) == vector["code"]
    keys = keys_of(vector["code"])
    assert (keys.handle, keys.secret, keys.identity) == (vector["handle"], vector["secret"], vector["identity"])
    assert str(pyrage.x25519.Identity.from_str(keys.identity).to_public()) == vector["recipient"]


@given(st.binary(min_size=20, max_size=20))
def test_a_code_is_read_however_it_was_typed(random: bytes) -> None:
    code = code_of(random)
    assert len(code) == 9 * 4 + 8
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert keys_of(typed) == keys_of(code)
    assert keys_of(code.replace("-", "")) == keys_of(code)


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20))
def test_different_codes_share_nothing(one: bytes, other: bytes) -> None:
    if one != other:
        a, b = keys_of(code_of(one)), keys_of(code_of(other))
        assert {a.handle, a.secret, a.identity}.isdisjoint({b.handle, b.secret, b.identity})


@pytest.mark.parametrize("change", [lambda code: code[:-1], lambda code: code + "A", lambda code: "U" + code[1:]])
def test_a_mistyped_code_is_noticed_before_it_is_sent(change: object) -> None:
    code = code_of(bytes(range(20)))
    with pytest.raises(Invalid, match="mistyped"):
        keys_of(change(code))
    with pytest.raises(Invalid, match="mistyped"):
        keys_of(code.replace(code[5], "A" if code[5] != "A" else "B", 1))
