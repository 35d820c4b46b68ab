"""Reads what a server answers over HTTP: whole, and no more of it than is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.errors import Unavailable

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_PIECE = 64 * 1024


async def read_whole(answer: ClientResponse, limit: int) -> bytes:
    """The body, in however many pieces it comes. Raises Unavailable for one of more than `limit` bytes."""
    data = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        data += piece
        if len(data) > limit:
            raise Unavailable(f"{answer.url.host} answers more than {limit} bytes.", code="answer.too-large")
    return bytes(data)
