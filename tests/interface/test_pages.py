"""What every page shares: the status of an error, a bounded body, and the reader's language."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import Request
from markupsafe import Markup

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.interface import pages
from kept.interface.portal.words import FRAME, words


def request(*, headers: dict[str, str] | None = None, query: str = "", chunks: Iterable[bytes] = (b"",)) -> Request:
    parts = list(chunks)

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "headers": raw, "query_string": query.encode(), "method": "POST"}, receive)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Invalid, 400), (Denied, 403), (NotFound, 404), (Conflict, 409), (Unverified, 422), (Unavailable, 503),
        (pages.TooLargeError, 413), (pages.MediaTypeError, 415), (KeptError, 500),
    ],
)  # fmt: skip
def test_each_kind_of_error_has_its_status(kind: type[KeptError], status: int) -> None:
    error = type("RoomsOwnError", (kind,), {})("It is wrong.", code="a.code", hint="Do this.")
    answer = pages.refusal(error, headers={"X-Own": "1"})
    assert (answer.status_code, answer.headers["x-own"]) == (status, "1")
    assert answer.body == b'{"code":"a.code","message":"It is wrong.","hint":"Do this."}'


def test_a_body_is_read_up_to_its_limit() -> None:
    assert asyncio.run(pages.body(request(chunks=[b"ab", b"cd"]), limit=4)) == b"abcd"


def test_who_asked_too_often_is_told_when_to_come_back() -> None:
    answer = pages.refusal(pages.TooOftenError("Too often.", seconds=1.5, code="a.code"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")


@pytest.mark.parametrize("headers", [{}, {"content-length": "5"}, {"content-length": "x"}])
def test_a_longer_body_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(pages.TooLargeError, match="more than 4 bytes"):
        asyncio.run(pages.body(request(headers=headers, chunks=[b"ab", b"cde"]), limit=4))


def test_of_a_body_that_says_how_long_it_is_only_a_little_is_taken_and_dropped() -> None:
    asked = request(headers={"content-length": "9" * 30}, chunks=[bytes(1 << 19)] * 5)
    with pytest.raises(pages.TooLargeError):
        asyncio.run(pages.body(asked, limit=4))
    assert len(asyncio.run(asked.receive())["body"]) == 1 << 19


@pytest.mark.parametrize(
    ("accepted", "query", "found"),
    [
        ("", "", "en"),
        ("sw", "", "sw"),
        ("fr, ar;q=0.5, sw;q=0.9", "", "sw"),
        ("zh-Hant-TW", "", "zh"),
        ("ar;q=0, sw;q=0.1", "", "sw"),
        ("ar;q=nan, *;q=1e999, ;;;", "", "en"),
        ("sw", "lang=ar", "ar"),
        ("sw", "lang=xx", "sw"),
        (",".join(["fr"] * 1000) + ",sw", "", "en"),
    ],
)
def test_the_reader_is_answered_in_their_language(accepted: str, query: str, found: str) -> None:
    asked = request(headers={"accept-language": accepted}, query=query)
    assert pages.language(asked, ("en", "ar", "sw", "zh")) == found


def test_arabic_is_written_from_right_to_left() -> None:
    assert (pages.direction("ar"), pages.direction("sw")) == ("rtl", "ltr")


def test_templates_escape_and_miss_nothing() -> None:
    found = pages.templates("kept.practices.weights.web").get_template("refused.html.j2")
    around = {"t": words("en", "kept.practices.weights.web"), "language": "en", "languages": {}, "direction": "ltr"}
    assert "&lt;script&gt;" in found.render(static=str, error=Denied("<script>"), **around)
    with pytest.raises(Exception, match="undefined"):
        found.render(static=str)


@pytest.mark.parametrize("beneath", [(), (FRAME,)])
def test_a_name_that_would_turn_a_page_around_is_shown_for_what_it_is(beneath: tuple[str, ...]) -> None:
    template = pages.templates("kept.surfaces", *beneath).from_string("<bdi>{{ name }}</bdi>{{ safe }}")
    shown = template.render(name="\u202e<b>\x00", safe=Markup("<i>\u2068x\u2069</i>"))
    assert shown == "<bdi>\\u202e&lt;b&gt;\\x00</bdi><i>\u2068x\u2069</i>"
