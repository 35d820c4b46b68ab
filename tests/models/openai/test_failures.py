import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.models.openai.failures import MESSAGE_LIMIT, Transient, clean, decode_error, encode_error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Denied),
        (403, Denied),
        (404, NotFound),
        (409, Conflict),
        (413, Invalid),
        (422, Invalid),
        (408, Transient),
        (429, Transient),
        (500, Transient),
        (503, Transient),
        (529, Transient),
        (501, Unavailable),
        (302, Invalid),
        (204, Unavailable),
    ],
)
def test_each_status_has_its_kind(status: int, kind: type[KeptError]) -> None:
    error = decode_error(status, b'{"error":{"message":"why"}}')
    assert isinstance(error, kind)
    assert error.code.startswith("model.")


@pytest.mark.parametrize(
    "body", [b'{"error":{"message":"why"}}', b'{"error":"why"}', b'{"detail":"why"}', b"why", b'"why"']
)
def test_the_reason_is_found_wherever_servers_put_it(body: bytes) -> None:
    assert decode_error(400, body).message == "The endpoint answered 400: why."


def test_an_error_of_our_own_server_keeps_its_kind() -> None:
    body = encode_error(Unverified("does not hold", code="x"), kind="unverified")
    assert json.loads(body)["error"]["code"] == "x"
    assert isinstance(decode_error(422, body), Unverified)


@given(st.integers(201, 599), st.binary(max_size=300))
def test_whatever_a_server_says_becomes_one_bounded_printable_line(status: int, body: bytes) -> None:
    error = decode_error(status, body)
    assert error.message.isprintable()
    assert len(error.message) < MESSAGE_LIMIT + 100


def test_the_secret_is_taken_out_of_what_the_server_says() -> None:
    assert clean("Incorrect key sk-hunter2!", secret="sk-hunter2") == "Incorrect key [key]!"
