"""Amounts and spans as people write them."""

import pytest

from kept.errors import Invalid
from kept.practices.weights.methods.amounts import read_bytes, read_span


@pytest.mark.parametrize(
    ("text", "amount"), [("40GB", 40 * 10**9), ("1.5 MB", 1_500_000), ("4096B", 4096), (" 2kB ", 2000), ("1TB", 10**12)]
)
def test_an_amount_is_read(text, amount):
    assert read_bytes(text) == amount


@pytest.mark.parametrize(
    "text", ["", "40", "GB", "0B", "-1GB", "1e9GB", "40gb", "40GiB", "9" * 10 + "B", "٤GB", "999999999TB"]
)
def test_what_is_no_amount_is_invalid(text):
    with pytest.raises(Invalid):
        read_bytes(text)


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("4h", 14_400), ("2 d", 172_800)])
def test_a_span_is_read(text, seconds):
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "0h", "-4h", "4.5h", "4s", "1000000m", "4hh"])
def test_what_is_no_span_is_invalid(text):
    with pytest.raises(Invalid):
        read_span(text)
