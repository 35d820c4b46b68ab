"""A partner's server that is silent, floods, repeats itself or sends a bomb costs little time and little memory."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.sharing.backends import taxii_client
from kept.practices.sharing.backends.taxii_client import MEDIA_TYPE, TaxiiClient

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
MEGABYTE = 1 << 20


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """A server that reads a request and then does as it likes."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    opened = await asyncio.start_server(handled, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{opened.sockets[0].getsockname()[1]}/taxii2/c/"
    finally:
        opened.close()


def asked(answer: Answer) -> Coroutine[Any, Any, Any]:
    async def ask() -> Any:
        async with server(answer) as url:
            client = TaxiiClient(url)
            try:
                return await client.page(f"{url}collections/x/", added_after="", next="", limit=10)
            finally:
                await client.close()

    return ask()


def says(document: Any) -> Answer:
    body = json.dumps(document).encode()

    async def answered(writer: asyncio.StreamWriter) -> None:
        writer.write(head(f"Content-Length: {len(body)}") + body)
        await writer.drain()

    return answered


def head(*more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {MEDIA_TYPE}", "Connection: close", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked"))
    while True:
        writer.write(b"1\r\n \r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("answer", [silent, dripping])
def test_whoever_does_not_answer_in_time_is_out_of_reach(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taxii_client, "_TIMEOUT", aiohttp.ClientTimeout(total=0.4))
    with pytest.raises(Unavailable, match="can't be reached"):
        asyncio.run(asked(answer))


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(head())
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


def bomb(pack: Callable[[bytes], bytes], name: str) -> Answer:
    packed = pack(bytes(64 * MEGABYTE))

    async def answered(writer: asyncio.StreamWriter) -> None:
        writer.write(head(f"Content-Encoding: {name}", f"Content-Length: {len(packed)}") + packed)
        await writer.drain()

    return answered


async def dense(writer: asyncio.StreamWriter) -> None:
    writer.write(head() + b'{"objects":[' + b"[]," * 100_000 + b"[]]}")
    await writer.drain()


@pytest.mark.parametrize(
    "answer",
    [endless, bomb(gzip.compress, "gzip"), bomb(zlib.compress, "deflate"), dense],
    ids=["endless", "gzip", "deflate", "dense"],
)
def test_whoever_sends_more_than_is_read_is_cut_off(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taxii_client, "ANSWER_LIMIT", MEGABYTE)
    monkeypatch.setattr(taxii_client, "ANSWER_VALUES", 10_000)
    with pytest.raises(KeptError, match=r"more than|can't be reached"):
        asyncio.run(asked(answer))


@pytest.mark.parametrize(
    "document",
    [
        {"objects": {}},
        {"objects": [], "more": True, "next": 7},
        [],
        "text",
        {"objects": [{"type": "indicator", "type ": "\ud800"}], "next": None},
        {"objects": [], "more": True, "next": "\ud800"},
    ],
)
def test_what_is_no_envelope_is_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        asyncio.run(asked(says(document)))


@pytest.mark.parametrize(
    "document",
    [
        {"api_roots": ["http://[::1"]},
        {"api_roots": ["//[x]/"]},
        {"collections": [{"id": "\ud800", "title": "x"}]},
        {"collections": [{"id": 7}]},
        {"collections": ["x"]},
    ],
)
def test_what_lists_no_collections_is_refused(document: Any) -> None:
    async def listed() -> Any:
        async with server(says(document)) as url:
            client = TaxiiClient(url)
            try:
                return await client.collections()
            finally:
                await client.close()

    with pytest.raises(KeptError):
        asyncio.run(listed())


@pytest.mark.parametrize("where", ["http://[::1", "//[x]/", "http://a@b/", "", "ftp://127.0.0.1/"])
def test_a_redirect_to_what_is_no_address_is_refused(where: str) -> None:
    async def leading(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    with pytest.raises(KeptError):
        asyncio.run(asked(leading))


def test_a_status_whose_name_is_no_text_is_not_asked_for() -> None:
    async def sent() -> Any:
        async with server(says({"id": "\ud800", "status": "pending"})) as url:
            client = TaxiiClient(url)
            try:
                return await client.bring(f"{url}collections/x/", [b"{}"])
            finally:
                await client.close()

    with pytest.raises(Invalid, match="no status"):
        asyncio.run(sent())
