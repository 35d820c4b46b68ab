"""Uploads that are sent slowly: whoever holds some keeps nobody else from sending a report."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from kept.errors import Unavailable
from kept.practices.disclosure.web.uploads import AT_ONCE, EACH, Desk


def request(address: str, end: asyncio.Event | None = None) -> Request:
    """A post of two bytes, of which the second comes when `end` is set."""
    parts = iter([b"a", b"b"])

    async def receive() -> Any:
        part = next(parts)
        if part == b"b" and end is not None:
            await end.wait()
        return {"type": "http.request", "body": part, "more_body": part == b"a"}

    scope = {"type": "http", "method": "POST", "headers": [], "client": (address, 1)}
    return Request(scope, receive)


async def content(desk: Desk, asked: Request) -> bytes:
    async with desk.content(asked, limit=10) as data:
        return data


async def waiting(desk: Desk, addresses: list[str], end: asyncio.Event) -> list[asyncio.Task[bytes]]:
    tasks = [asyncio.create_task(content(desk, request(each, end))) for each in addresses]
    await asyncio.sleep(0)
    return tasks


def test_whoever_sends_slowly_holds_a_few_places_and_no_more() -> None:
    async def scenario() -> None:
        desk, end = Desk(), asyncio.Event()
        slow = await waiting(desk, ["192.0.2.1"] * EACH, end)
        with pytest.raises(Unavailable, match="at once"):
            await content(desk, request("::ffff:192.0.2.1"))
        assert await content(desk, request("192.0.2.2")) == b"ab"
        end.set()
        assert await asyncio.gather(*slow) == [b"ab"] * EACH
        assert await content(desk, request("192.0.2.1")) == b"ab"

    asyncio.run(scenario())


def test_all_together_hold_so_many_and_who_went_away_holds_none() -> None:
    async def scenario() -> None:
        desk, end = Desk(), asyncio.Event()
        slow = await waiting(desk, [f"192.0.2.{number}" for number in range(AT_ONCE)], end)
        with pytest.raises(Unavailable, match="at once"):
            await content(desk, request("198.51.100.1"))
        slow[0].cancel()
        await asyncio.gather(slow[0], return_exceptions=True)
        assert await content(desk, request("198.51.100.1")) == b"ab"
        end.set()
        assert await asyncio.gather(*slow[1:]) == [b"ab"] * (AT_ONCE - 1)

    asyncio.run(scenario())
