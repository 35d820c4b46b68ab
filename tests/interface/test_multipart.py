"""Forms with files: every part is told as it was sent, and what is broken or boundless is refused."""

import asyncio
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.interface import multipart
from kept.interface.multipart import Part, is_multipart, parts_of, read

FORM = "multipart/form-data; boundary=b0und"


def part(headers: str, content: bytes) -> bytes:
    return f"--b0und\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b0und--\r\n"


def test_fields_and_files_are_told_apart() -> None:
    body = form(
        part('Content-Disposition: form-data; name="csrf"', b"token"),
        part('Content-Disposition: form-data; name="file"; filename="a b.png"\r\nContent-Type: IMAGE/png; x=1', b"\0"),
    )
    first, second = read(body, FORM)
    assert (first, first.text) == (Part("csrf", b"token"), "token")
    assert second == Part("file", b"\0", "a b.png", "image/png")


@given(st.binary(max_size=300).filter(lambda data: b"--b0und" not in data))
def test_content_arrives_as_it_was_sent(content: bytes) -> None:
    assert [one.content for one in read(form(part('Content-Disposition: form-data; name="f"', content)), FORM)] == [
        content
    ]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Invalid):
        assert all(isinstance(one, Part) for one in read(body, FORM))


@pytest.mark.parametrize(
    "body",
    [
        b"nothing",
        form(*[part('Content-Disposition: form-data; name="f"', b"x")] * 17),
        form(part(f'Content-Disposition: form-data; name="{"n" * 5000}"', b"x")),
        form(part("\r\n".join(f"X-{n}: y" for n in range(20)), b"x")),
    ],
)
def test_what_is_broken_or_boundless_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        read(body, FORM)


def test_a_form_that_takes_long_keeps_no_other_request_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    others = threading.Event()

    def long(*arguments: object, **named: object) -> list[Part]:
        return [Part("other", b"")] if others.wait(10) else []

    async def serving() -> list[Part]:
        asyncio.get_running_loop().call_later(0.01, others.set)
        return await parts_of(b"", FORM)

    monkeypatch.setattr(multipart, "read", long)
    assert [each.name for each in asyncio.run(serving())] == ["other"]


def test_a_form_without_a_boundary_is_refused() -> None:
    with pytest.raises(Invalid):
        read(b"--\r\n\r\n", "multipart/form-data")


def test_a_field_that_is_no_text_is_said_to_be_none() -> None:
    with pytest.raises(Invalid, match="is no text"):
        Part("f", b"\xff").text  # noqa: B018 - reading it is what is tested


def test_the_kind_is_told_whatever_its_case_and_options() -> None:
    assert is_multipart("Multipart/Form-Data ; boundary=x")
    assert not is_multipart("application/x-www-form-urlencoded")
