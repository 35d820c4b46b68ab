"""JSON bodies: as long as they may be, of the shape that is declared, and refused in words."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import Request
from pydantic import BaseModel, Field

from kept.errors import Invalid
from kept.interface.bodies import declared, read_json
from kept.interface.pages import MediaTypeError, TooLargeError


class Said(BaseModel):
    """What is said."""

    word: str = Field(max_length=4)


def read(*chunks: bytes, kind: str = "application/json") -> Said:
    parts = list(chunks)

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    scope = {"type": "http", "headers": [(b"content-type", kind.encode())], "query_string": b"", "method": "POST"}
    return asyncio.run(read_json(Request(scope, receive), Said, limit=20))


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_what_has_the_shape_is_read(kind: str) -> None:
    assert read(b'{"word"', b':"yes"}', kind=kind) == Said(word="yes")


@pytest.mark.parametrize(
    "chunks",
    [
        [b""], [b"{}"], [b"[]"], [b'{"word":7}'], [b'{"word":"longer"}'], [b'{"word":"\\ud800"}'], [b"\xff"],
        [b"[" * 20],
        [b'{"word":NaN}'], [b'{"word":1e999}'],
    ],
    ids=repr,
)  # fmt: skip
def test_what_has_another_shape_is_refused(chunks: Iterable[bytes]) -> None:
    with pytest.raises(Invalid) as caught:
        read(*chunks)
    assert not isinstance(caught.value, TooLargeError | MediaTypeError)


def test_what_goes_on_is_not_read_to_its_end() -> None:
    sent: list[bytes] = []

    def endless() -> Iterable[bytes]:
        for _ in range(100):
            sent.append(b"[")
            yield b"[" * 15

    parts = endless()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(iter(parts)), "more_body": True}

    scope = {"type": "http", "headers": [(b"content-type", b"application/json")], "query_string": b"", "method": "POST"}
    with pytest.raises(TooLargeError):
        asyncio.run(read_json(Request(scope, receive), Said, limit=20))
    assert len(sent) == 2


def test_a_body_of_another_kind_is_not_read() -> None:
    with pytest.raises(MediaTypeError):
        read(b'{"word":"yes"}', kind="text/plain")


def test_the_shape_stands_in_the_openapi() -> None:
    told = declared(Said)["requestBody"]
    assert told["content"]["application/json"]["schema"]["properties"]["word"]["maxLength"] == 4
