"""Uploads are held in memory within bounds, and what a posted form holds is found in it."""

import asyncio
import tempfile
from contextlib import suppress
from typing import Any

import pytest
from fastapi import Request
from hypothesis import assume, given
from hypothesis import strategies as st

from kept.errors import Invalid, Unavailable
from kept.interface.pages import MediaTypeError, TooLargeError, TooOftenError
from kept.practices.provenance.records.uploads import UploadSettings
from kept.practices.provenance.web.desk import Desk, Upload, file_of
from simulators.planted_room import picture

PNG = picture(1)
FORM = "multipart/form-data; boundary=b0und"


def request(*chunks: bytes, content_type: str = "", length: int | None = None) -> Request:
    async def parts() -> Any:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    waiting = list(chunks)
    headers = [(b"content-type", content_type.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return Request({"type": "http", "method": "POST", "headers": headers, "client": ("192.0.2.1", 1)}, parts)


def form(*fields: tuple[str, bytes], name: str = "secret-name.png") -> bytes:
    parts = [
        b'--b0und\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
        % (field.encode(), name.encode(), data)
        for field, data in fields
    ]
    return b"".join(parts) + b"--b0und--\r\n"


async def taken(desk: Desk, asked: Request) -> Upload:
    async with desk.upload(asked) as upload:
        return upload


def desk_with(**limits: Any) -> Desk:
    return Desk(lambda: 0.0, lambda: UploadSettings(**limits))


def test_a_body_or_the_file_of_a_form_is_taken_in_and_its_kind_told_from_its_bytes() -> None:
    desk = desk_with()
    for asked in (
        request(PNG[:10], PNG[10:], content_type="text/html"),
        request(form(("other", b"x"), ("file", PNG)), content_type=FORM),
    ):
        assert asyncio.run(taken(desk, asked)) == Upload(PNG, "image/png")


@given(st.binary(min_size=1, max_size=300), st.lists(st.binary(max_size=40), max_size=3))
def test_any_content_comes_out_of_a_form_as_it_was(content: bytes, others: list[bytes]) -> None:
    assume(b"b0und" not in b" ".join([content, *others]))
    fields = [*(("other", other) for other in others), ("file", content)]
    assert file_of(form(*fields), FORM) == content


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"", FORM),
        (form(), FORM),
        (form(("file", b"")), FORM),
        (form(("other", b"x")), FORM),
        (form(("file", PNG)), "multipart/form-data"),
        (form(("file", PNG)), "multipart/form-data; boundary=" + "x" * 500),
        (form(("file", PNG)), "multipart/form-data; boundary=other"),
        (form(*[("other", b"x")] * 50), FORM),
        (b"--b0und\r\n" + b"X" * 10_000 + b": y\r\n\r\n--b0und--", FORM),
        (b"--b0und\r\nno header at all\r\n\r\n--b0und--", FORM),
    ],
)
def test_a_form_without_a_file_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Invalid):
        file_of(body, content_type)


@given(st.binary(max_size=400))
def test_no_form_brings_down_whoever_reads_it(body: bytes) -> None:
    with suppress(Invalid):
        assert file_of(b"--b0und\r\n" + body, FORM) in body


def test_what_is_longer_than_the_limit_is_refused_also_where_no_length_is_stated() -> None:
    desk = desk_with(upload_bytes=1 << 20)
    for asked in (request(length=(1 << 20) + 1), request(PNG, bytes(1 << 20))):
        with pytest.raises(TooLargeError):
            asyncio.run(taken(desk, asked))


def test_what_is_of_no_known_kind_is_refused_as_such() -> None:
    for content in (b"hello", b"%PDF-1.7", b"GIF89a" + bytes(20)):
        with pytest.raises(MediaTypeError):
            asyncio.run(taken(desk_with(), request(content)))


def test_uploads_together_hold_no_more_than_there_is_room_for_and_the_room_comes_back() -> None:
    async def work() -> None:
        desk, large = desk_with(upload_bytes=1 << 20, uploads_bytes=1 << 20), PNG + bytes(600_000)
        async with desk.upload(request(large)):
            with pytest.raises(Unavailable):
                await taken(desk, request(large))
        assert (await taken(desk, request(large))).content == large

    asyncio.run(work())


@pytest.mark.parametrize("at_once", [2, 3])
def test_no_more_are_checked_at_a_time_than_the_room_says(at_once: int) -> None:
    async def work() -> None:
        desk, inside, most = desk_with(checks_at_once=at_once), 0, 0

        async def one() -> None:
            nonlocal inside, most
            async with desk.upload(request(PNG)):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(one() for _ in range(8)))
        assert most == at_once

    asyncio.run(work())


def test_a_caller_has_ten_checks_and_then_one_every_six_seconds() -> None:
    now = [0.0]
    desk = Desk(lambda: now[0], UploadSettings)
    for _ in range(10):
        asyncio.run(taken(desk, request(PNG)))
    with pytest.raises(TooOftenError) as refused:
        asyncio.run(taken(desk, request(PNG)))
    assert refused.value.seconds == 7
    now[0] = 6.0
    assert asyncio.run(taken(desk, request(PNG))).content == PNG


def test_an_upload_that_never_ends_is_given_up() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    asked = Request({"type": "http", "method": "POST", "headers": []}, never)
    with pytest.raises(Invalid, match="took more than"):
        asyncio.run(taken(desk_with(upload_seconds=0.01), asked))


def test_nothing_is_written_to_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file was made")

    for name in ("mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refused)
    large = PNG + bytes(4 << 20)
    assert asyncio.run(taken(desk_with(), request(form(("file", large)), content_type=FORM))).content == large
