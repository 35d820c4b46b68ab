"""Answers that may be kept carry a digest of what they say, and whoever has that already is told so in a few bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Headers = list[tuple[bytes, bytes]]

LONGEST = 8 * 1024 * 1024
"""Of how many bytes at most a digest is worked out; what is longer goes without."""
_DIGEST_BYTES = 16
_ASKED = 4096


class Unchanged:
    """Gives an ETag to what may be kept, and answers 304 to whoever names it (RFC 9110, sections 8.8.3 and 13.1.2).

    The digest is of the bytes that this very reader would get, so that it differs by language, by encoding and by
    whatever else they depend on. What is not to be stored, sets a cookie or comes in pieces passes as it is.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._inner(scope, receive, send)
            return
        held: Message | None = None

        async def told(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _may_be_kept(message):
                held = message
                return
            if held is None:
                await send(message)
                return
            begun, held = held, None
            body = message.get("body", b"")
            if message.get("more_body") or len(body) > LONGEST:
                await send(begun)
                await send(message)
                return
            tag = _tag(body)
            if _is_known(tag, scope["headers"]):
                await send({**begun, "status": 304, "headers": [*_of_nothing(begun["headers"]), (b"etag", tag)]})
                await send({**message, "body": b""})
                return
            await send({**begun, "headers": [*begun["headers"], (b"etag", tag)]})
            await send(message)

        await self._inner(scope, receive, told)


def _may_be_kept(begun: Message) -> bool:
    """Whether an answer says that it may be kept; one that says nothing of it may not."""
    headers = {name.lower(): value for name, value in begun["headers"]}
    kept = headers.get(b"cache-control", b"no-store").lower()
    return begun["status"] == 200 and b"no-store" not in kept and not headers.keys() & {b"set-cookie", b"etag"}


def _tag(body: bytes) -> bytes:
    # A weak one, which is all that 304 needs: a proxy that packs the body anew need not change it.
    return b'W/"' + hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest().encode() + b'"'


def _is_known(tag: bytes, headers: Headers) -> bool:
    asked = b",".join(value for name, value in headers if name == b"if-none-match")
    if not asked or len(asked) > _ASKED:
        return False
    opaque = tag.removeprefix(b"W/")
    return asked.strip() == b"*" or any(each.strip().removeprefix(b"W/") == opaque for each in asked.split(b","))


def _of_nothing(headers: Headers) -> Headers:
    """Without what describes a body that isn't sent."""
    described = (b"content-length", b"content-type", b"content-encoding", b"content-disposition")
    return [(name, value) for name, value in headers if name.lower() not in described]
