"""Soft bindings as others write them."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.records import Payload
from kept.practices.provenance.service.binding import ISCC, WATERMARK, iscc_value, read_value, watermark_value


@given(st.integers(0, 15), st.integers(0, 2**20 - 1), st.integers(0, 2**40 - 1))
def test_a_payload_comes_back(version: int, model: int, content: int) -> None:
    payload = Payload(model=model, content=content, version=version)
    assert read_value(WATERMARK, watermark_value(payload)) == payload


def test_the_bits_stand_in_the_order_of_the_payload() -> None:
    assert (
        watermark_value(Payload(model=0x23456, content=0x789ABCDEF0))
        == b64encode(bytes.fromhex("123456789abcdef0")).decode()
    )


def test_an_iscc_comes_back() -> None:
    assert read_value(ISCC, iscc_value("ISCC:EEA")) == "ISCC:EEA"


def test_our_name_says_that_it_is_not_registered() -> None:
    assert WATERMARK.startswith("unregistered.")


@pytest.mark.parametrize(
    ("alg", "value"),
    [
        (WATERMARK, ""),
        (WATERMARK, "AAAA"),
        (WATERMARK, "not base64"),
        (WATERMARK, "A" * 1000),
        (WATERMARK, "AAAAAAAAAAA"),
        (ISCC, b64encode("ä".encode()).decode()),
        (ISCC, "é"),
        ("com.example.other", "AAAA"),
        ("x" * 1000, "AAAA"),
    ],
)
def test_anything_else_is_refused(alg: str, value: str) -> None:
    with pytest.raises(Invalid):
        read_value(alg, value)
