"""Connections of people who send a little at a time, or heads without end, or who hold many, over a real socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kept.surfaces import connections
from kept.surfaces import listening as listens
from kept.surfaces.guard.crowds import Crowd
from kept.surfaces.listening import listening
from kept.surfaces.tls import context
from simulators.certificates import certificate


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


def test_a_body_that_comes_at_a_pace_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough that a busy machine's pause isn't taken for a sender's.
    monkeypatch.setattr(connections, "PACE_SECONDS", 0.8)

    async def steady() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\nconnection: close\r\n\r\n")
            for _ in range(10):
                writer.write(b"x" * 20000)
                await asyncio.sleep(0.12)
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


ASKED = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(("proxies", "told"), [((), b"HTTP/1.1 429"), (("127.0.0.1",), OK)], ids=["caller", "proxy"])
def test_one_caller_holds_so_many_connections_and_a_proxy_all_of_them(proxies: tuple[str, ...], told: bytes) -> None:
    async def crowding() -> bytes:
        async with listening(echo, crowd=Crowd(3, proxies=proxies)) as address:
            port = int(address.rpartition(":")[2])
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ASKED)
            found = await asyncio.wait_for(reader.read(len(told)), 20)
            for _, each in (*silent, (reader, writer)):
                each.close()
            return found

    assert asyncio.run(crowding()) == told


def test_an_idle_connection_makes_room_for_another_of_the_same_caller() -> None:
    async def crowding() -> tuple[bytes, bytes, bytes]:
        async with listening(echo, crowd=Crowd(2)) as address:
            port = int(address.rpartition(":")[2])
            asked = []
            for _ in range(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(ASKED)
                asked.append((reader, writer, await reader.readexactly(len(OK))))
            for _, writer, _ in asked[1:]:
                writer.write(ASKED.replace(b"x\r\n", b"x\r\nconnection: close\r\n", 1))
            # The first is closed after its answer, and the others answer once more.
            return tuple([await answer(reader) for reader, _, _ in asked])

    first, second, third = asyncio.run(crowding())
    assert (first.count(OK), second.count(OK), third.count(OK)) == (0, 1, 1)


def test_a_body_that_goes_on_after_its_answer_is_cut_off() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def endless() -> int:
        async with listening(refuse) as address:
            _, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            sent = 0
            try:
                while sent < 64 << 20:
                    writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                    sent += 65536
                    await writer.drain()
                    await asyncio.sleep(0)
            except ConnectionError:
                return sent
            return sent

    assert asyncio.run(endless()) < 64 << 20


@pytest.mark.parametrize(
    "piece",
    [b"0\r\n" + b"x-a: b\r\n" * 100, b"1\r\nx\r\n", b"1;" + b"e" * 500 + b"\r\nx\r\n"],
    ids=["trailers", "bytes", "extensions"],
)
def test_a_body_that_is_little_else_than_what_stands_around_it_is_cut_off(piece: bytes) -> None:
    more = piece[3:] if piece.startswith(b"0") else piece

    async def endless() -> int:
        async with connected() as (_, writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + piece)
            sent = 0
            try:
                while sent < 16 << 20:
                    writer.write(more * 200)
                    sent += len(more) * 200
                    await writer.drain()
                    await asyncio.sleep(0)
            except ConnectionError:
                return sent
            return sent

    assert asyncio.run(endless()) < 16 << 20


def test_a_body_in_small_pieces_is_taken() -> None:
    async def pieces() -> bytes:
        async with connected() as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
            writer.write((b"40\r\n" + b"x" * 64 + b"\r\n") * 5_000 + b"0\r\nx-sum: 1\r\n\r\n")
            return await answer(reader)

    assert asyncio.run(pieces()).endswith(b"x" * 320_000)


def test_a_handshake_of_tls_that_never_begins_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(listens, "HEAD_SECONDS", 0.2)

    async def silent() -> bytes:
        async with listening(echo, tls=context(certificate(tmp_path, "server"))) as address:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
            told = await cut_off(reader)
            writer.close()
            return told

    assert asyncio.run(silent()) in (b"", b"reset")


# What makes one server see another request than a proxy before it saw.
SMUGGLED = {
    "both lengths": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX",
    "two lengths": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a list of lengths": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1, 1\r\n\r\na",
    "a signed length": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\na",
    "a space before the colon": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length : 1\r\n\r\na",
    "a folded header": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "chunked in quotes": b'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked not last": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked of HTTP/1.0": b"POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a size that is none": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    "lines that end in LF": b"POST / HTTP/1.1\nhost: x\ncontent-length: 1\n\na",
    "NUL in a value": b"GET / HTTP/1.1\r\nhost: x\r\nx-a: b\x00c\r\n\r\n",
    "a name with a space": b"GET / HTTP/1.1\r\nhost: x\r\nx a: b\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "TLS in the clear": bytes.fromhex("160301020001000001fc0303") + bytes(200),
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_another_server_could_read_otherwise_is_refused_and_ends_the_connection(sent: bytes) -> None:
    followed = b"GET /smuggled HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    async def smuggle() -> bytes:
        async with connected() as (reader, writer):
            writer.write(sent + followed)
            return await cut_off(reader)

    told = asyncio.run(smuggle())
    assert told.startswith((b"HTTP/1.1 400", b"reset"))
    assert told.count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_who_asks_for_another_protocol_is_answered_in_this_one(protocol: bytes) -> None:
    async def upgrade() -> bytes:
        async with connected() as (reader, writer):
            writer.write(
                b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: %s\r\n\r\n\x81\x05hello" % protocol
            )
            writer.write_eof()
            return await cut_off(reader)

    told = asyncio.run(upgrade())
    assert told.startswith(OK)
    assert told.count(b"HTTP/1.1 ") == 1


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
