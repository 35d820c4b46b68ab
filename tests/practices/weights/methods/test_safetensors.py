"""A header is believed only where every byte of the file belongs to exactly one tensor, and nothing is too large."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import load, save

from kept.errors import Invalid
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.safetensors import BITS, HEADER_LIMIT, Tensor

SHAPES = st.lists(st.integers(0, 5), max_size=3)
FLOAT = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def parse(header: Any, size: int) -> safetensors.Header:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return safetensors.parse(data, size=size)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.tuples(SHAPES, st.sampled_from("f4 i8 u1 f8 f2".split()))))
def test_what_the_library_writes_is_read_as_it_meant_it(chosen: dict[str, tuple[list[int], str]]) -> None:
    chosen.pop("__metadata__", None)
    tensors = {name: np.ones(shape, dtype) for name, (shape, dtype) in chosen.items()}
    data = save(tensors, metadata={"format": "np"})
    length = safetensors.header_length(data[:8])
    header = parse(data[8 : 8 + length], len(data) - 8 - length)
    assert header.metadata == {"format": "np"}
    assert set(header.tensors) == set(tensors)
    for name, found in header.tensors.items():
        assert found.shape == tensors[name].shape
        assert data[8 + length :][found.start : found.stop] == tensors[name].tobytes()


def test_a_tensor_that_is_not_there_is_said() -> None:
    header = parse({"w": FLOAT}, 8)
    assert header.tensor("w") == Tensor("F32", (2,), 0, 8)
    with pytest.raises(Invalid, match="no tensor 'v'"):
        header.tensor("v")


@pytest.mark.parametrize("dtype", BITS)
def test_every_type_takes_its_own_room(dtype: str) -> None:
    size = 8 * BITS[dtype] // 8
    assert parse({"w": {"dtype": dtype, "shape": [2, 4], "data_offsets": [0, size]}}, size).size == size
    with pytest.raises(Invalid, match="its shape takes"):
        parse({"w": {"dtype": dtype, "shape": [2, 4], "data_offsets": [0, size + 1]}}, size + 1)


def entry(**changed: Any) -> dict[str, Any]:
    return {"w": {**FLOAT, **changed}}


@pytest.mark.parametrize(
    ("header", "size", "why"),
    [
        (entry(data_offsets=[4, 12]), 12, "begin at 4"),
        (entry(), 9, "9 follow"),
        (entry(), 7, "7 follow"),
        ({"v": FLOAT, **entry()}, 8, "those before end at 8"),
        ({"v": FLOAT, **entry(data_offsets=[4, 12])}, 12, "begin at 4"),
        ({"v": FLOAT, **entry(data_offsets=[9, 17])}, 17, "begin at 9"),
        (entry(data_offsets=[8, 0]), 8, "beginning and an end"),
        (entry(data_offsets=[0, 2**70]), 8, "beginning and an end"),
        (entry(data_offsets=[-8, 0]), 8, "beginning and an end"),
        (entry(data_offsets=[0, True]), 1, "beginning and an end"),
        (entry(data_offsets=[0]), 8, "beginning and an end"),
        (entry(shape=[-2]), 8, "sizes"),
        (entry(shape=[2.0]), 8, "sizes"),
        (entry(shape=[1] * 65), 4, "sizes"),
        (entry(shape=[2**40, 2**40]), 8, "its shape takes"),
        (entry(shape="2"), 8, "sizes"),
        (entry(dtype="F33"), 8, "unknown type"),
        (entry(dtype=["F32"]), 8, "unknown type"),
        (entry(more=1), 8, "alone"),
        ({"w": {"dtype": "F32"}}, 8, "alone"),
        ({"w": []}, 8, "alone"),
        ({"__metadata__": {"a": 1}}, 0, "map of texts"),
        ({"__metadata__": []}, 0, "map of texts"),
        (b'{"w":1,"w":1}', 8, "repeats a key"),
        (b" {}", 0, "doesn't begin"),
        (b"[]", 0, "doesn't begin"),
        (b"{", 0, "not valid JSON"),
        (b'{"\xff":1}', 0, "UTF-8"),
        (b'{"w":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 0, "nested"),
        (b'{"w":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,8]}}', 8, "not valid JSON"),
    ],
)
def test_whatever_does_not_fit_is_refused(header: Any, size: int, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        parse(header, size)


@pytest.mark.parametrize("length", [0, 1, HEADER_LIMIT + 1, 100_000_000, 2**63, 2**64 - 1])
def test_a_length_out_of_bounds_is_refused_before_anything_is_read(length: int) -> None:
    with pytest.raises(Invalid, match="bytes"):
        safetensors.header_length(length.to_bytes(8, "little"))


def test_a_file_of_less_than_eight_bytes_is_refused() -> None:
    with pytest.raises(Invalid, match="first eight"):
        safetensors.header_length(b"1234567")


def test_a_header_of_a_hundred_megabytes_is_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        parse(b"{" + b" " * 100_000_000, 0)


VALID = (
    b'{"__metadata__":{"a":"b"},"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
    b'"w":{"dtype":"F16","shape":[1,1],"data_offsets":[1,3]}}'
)


@given(st.data())
def test_whatever_is_read_here_the_library_reads_as_well(data: st.DataObject) -> None:
    header = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(header) - 1))
        header[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"0", b"1", b"2", b"3", b" ", b",", b'"', b"v", b"w", b"U8", b"[", b"}", b"-", b".0", b""])
        )
    try:
        parse(bytes(header), 3)
    except Invalid:
        return
    try:
        load(len(header).to_bytes(8, "little") + header + b"abc")
    except SafetensorError as error:
        raise AssertionError(f"the reference reader refuses what was believed here: {bytes(header)!r}") from error
