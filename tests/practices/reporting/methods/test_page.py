"""The report inside the page: packed, whole, bounded."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Unverified
from kept.practices.reporting.methods import page


@given(st.binary(max_size=4096))
def test_what_is_packed_is_unpacked(data: bytes) -> None:
    assert page.unpack(page.pack(data)) == data


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64",
        "é",
        packed(b"no zlib"),
        packed(zlib.compress(b"whole")[:-1]),
        packed(zlib.compress(b"one") + zlib.compress(b"two")),
        packed(zlib.compress(b"padded")) + "\n",
        packed(zlib.compress(b"x" * 7)).rstrip("=") + "B=",
    ],
)
def test_what_is_no_whole_report_is_refused(text: str) -> None:
    with pytest.raises(Unverified, match=r"index\.html"):
        page.unpack(text)


def test_what_unpacks_to_more_than_any_report_is_refused() -> None:
    with pytest.raises(Unverified, match=r"index\.html"):
        page.unpack(packed(zlib.compress(bytes(page.LIMIT + 1))))


def test_a_page_that_parts_from_the_one_made_is_told_where() -> None:
    made = f"<p>one\ntwo</p>{page.BEGIN}{page.pack(b'{}')}{page.END}".encode()
    page.check(made, made=made, encoded=b"{}")
    with pytest.raises(Unverified, match="line 2 reads"):
        page.check(made.replace(b"two", b"three"), made=made, encoded=b"{}")
    with pytest.raises(Unverified, match="reads ' ', not ''"):
        page.check(made + b" ", made=made, encoded=b"{}")
    with pytest.raises(Unverified, match="embeds no report"):
        page.check(b"<p>", made=made, encoded=b"{}")
