"""One encoding that is hashed and signed, and a bounded strict reader."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core import canonical
from kept.errors import Invalid

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_encoded_is_read_back(value: object) -> None:
    try:
        data = canonical.encode(value)
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8
        return
    assert canonical.decode(data, limit=1_000_000, what="it") == value


@given(st.dictionaries(st.text("abc"), st.integers(), max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical.encode(value) == canonical.encode(dict(reversed(value.items())))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":2}', "json.malformed"),
        (b'{"a":NaN}', "json.malformed"),
        (b'{"a":-1e999}', "json.malformed"),
        (b"{", "json.malformed"),
        (b"\xff", "json.malformed"),
        (b"[" * 65 + b"]" * 65, "json.too-deep"),
        (b"[" * 1_000_000, "json.too-large"),
    ],
)
def test_bad_input_is_refused_with_its_name(data: bytes, code: str) -> None:
    with pytest.raises(Invalid, match="The thing") as caught:
        canonical.decode(data, limit=100_000, what="The thing")
    assert caught.value.code == code


def test_brackets_inside_texts_are_not_depth() -> None:
    assert canonical.decode(json.dumps("[" * 100 + '\\"').encode(), limit=1000, what="it") == "[" * 100 + '\\"'


@given(st.binary(max_size=200))
def test_foreign_bytes_give_a_value_or_invalid(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        canonical.decode(data, limit=100, what="it")


@pytest.mark.parametrize("pair", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), ('{"a":[', "]}")])
def test_depth_is_counted_exactly_however_brackets_are_mixed(pair: tuple[str, str]) -> None:
    levels = sum(pair[0].count(bracket) for bracket in "[{")
    for depth, fits in ((64, True), (66, False), (100, False), (128, False), (130, False)):
        text = pair[0] * (depth // levels) + "1" + pair[1] * (depth // levels)
        data = f"[{text}]".encode() if levels == 2 and not fits else text.encode()
        if fits:
            canonical.decode(data, limit=10_000, what="it")
        else:
            with pytest.raises(Invalid, match="deep"):
                canonical.decode(data, limit=10_000, what="it")


def test_brackets_in_texts_and_behind_escapes_do_not_nest() -> None:
    value = ["[{" * 100, 'a"[[' * 50, "\\" + "[" * 100]
    assert canonical.decode(canonical.encode(value), limit=10_000, what="it") == value


@pytest.mark.parametrize("text", ["48", "48.0", "4.8e1", "480E-1", "0.048e+3"])
def test_a_whole_number_is_one_however_it_is_written(text: str) -> None:
    found = canonical.decode(f"[{text}, -{text}]".encode(), limit=100, what="it")
    assert [canonical.whole(one) for one in found] == [48, -48]


@pytest.mark.parametrize("value", [True, "48", None, 48.5, 2**53, -(2.0**53), 1e300, float("nan"), float("inf"), [48]])
def test_anything_else_is_no_whole_number(value: object) -> None:
    assert canonical.whole(value) is None


@given(VALUES)
def test_numbers_change_their_kind_and_nothing_else(value: object) -> None:
    found = canonical.numbers(value)
    assert found == value
    assert canonical.numbers(found) == found


@pytest.mark.parametrize("data", [b"[1,2,3]", b'{"a":1,"b":[{}]}', b'["a,b,c,[{:","\\",\\"", 1]'])
def test_values_are_counted_outside_of_texts(data: bytes) -> None:
    canonical.decode(data, limit=100, what="it", values=8)


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"1,", b'"",', b'{"a":[]},'])
def test_more_values_than_are_read_are_refused_before_they_take_memory(unit: bytes) -> None:
    data = b"[" + unit * 1001 + b"1]"
    with pytest.raises(Invalid, match="more than 1000 values"):
        canonical.decode(data, limit=100_000, what="it", values=1000)
    assert len(canonical.decode(data, limit=100_000, what="it", values=10_000)) == 1002
