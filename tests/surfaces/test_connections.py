"""Connections of people who send a little at a time, or heads without end, over a real socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kept.surfaces import connections
from kept.surfaces.listening import listening


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with listening(echo) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        yield reader, writer
        writer.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), 20)


async def cut_off(reader: asyncio.StreamReader) -> bytes:
    """The answer, or what a system says on behalf of a server that doesn't take the rest."""
    try:
        return await answer(reader)
    except ConnectionResetError:
        return b"reset"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections, "PACE_SECONDS", 0.3)


def test_whoever_never_ends_a_head_is_let_go(hasty: None) -> None:
    async def slow() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
            dripping = asyncio.create_task(drip(writer, b"x-a: b\r\n"))
            told = await answer(reader)
            dripping.cancel()
            return told

    assert asyncio.run(slow()).startswith(b"HTTP/1.1 408")


def test_whoever_says_nothing_is_let_go(hasty: None) -> None:
    async def silent() -> bytes:
        async with connected() as (reader, _):
            return await answer(reader)

    assert asyncio.run(silent()).startswith(b"HTTP/1.1 408")


def test_whoever_drips_a_body_is_let_go(hasty: None) -> None:
    async def slow() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
            dripping = asyncio.create_task(drip(writer, b"x"))
            told = await answer(reader)
            dripping.cancel()
            return told

    assert asyncio.run(slow()) == b""


def test_a_body_that_comes_at_a_pace_is_taken(hasty: None) -> None:
    async def steady() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\nconnection: close\r\n\r\n")
            for _ in range(10):
                writer.write(b"x" * 20000)
                await asyncio.sleep(0.1)
            return await answer(reader)

    assert asyncio.run(steady()).endswith(b"x" * 200000)


@pytest.mark.parametrize(
    "head",
    [b"x-%d: a\r\n" * 200, b"x: " + b"a" * 100_000 + b"\r\n", b"x" * 400_000],
    ids=["many", "long", "without an end"],
)
def test_a_flood_of_headers_is_cut_off(head: bytes) -> None:
    async def flood() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n" + head + b"\r\n")
            return await cut_off(reader)

    assert asyncio.run(flood()).startswith((b"HTTP/1.1 431", b"reset"))


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    async def together() -> bytes:
        async with connected() as (reader, writer):
            one = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n" + b"a" * 90000
            two = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbbb"
            writer.write(one + two)
            return await answer(reader)

    told = asyncio.run(together())
    assert told.count(b"HTTP/1.1 200") == 2
    assert told.endswith(b"bbb")


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await asyncio.sleep(0.05)


def test_who_is_being_answered_when_the_server_stops_is_answered_to_the_end() -> None:
    async def stopping() -> bytes:
        begun, end = asyncio.Event(), asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            begun.set()
            await end.wait()
            await send({"type": "http.response.body", "body": b"half"})

        async with listening(slow) as address:
            port = int(address.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            await begun.wait()
            asyncio.get_running_loop().call_later(0.3, end.set)
        told = await answer(reader)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return told

    assert asyncio.run(stopping()).endswith(b"halfhalf")
