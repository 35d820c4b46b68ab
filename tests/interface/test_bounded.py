"""An answer is read whole, in however many pieces it comes, and never beyond its bound."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from kept.errors import Unavailable
from kept.interface.bounded import read_whole

PIECES = [b"x" * 1000] * 5


def read(limit: int) -> bytes:
    """What comes of a server that sends a piece at a time."""

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in PIECES:
            await answer.write(piece)
            await asyncio.sleep(0.001)
        return answer

    async def main() -> bytes:
        application = web.Application()
        application.router.add_get("/", slow)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            async with aiohttp.ClientSession() as session, session.get(address) as answer:
                return await read_whole(answer, limit)
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def test_it_comes_whole() -> None:
    assert read(5000) == b"".join(PIECES)


def test_one_byte_more_is_refused() -> None:
    with pytest.raises(Unavailable) as caught:
        read(4999)
    assert caught.value.code == "answer.too-large"
