"""What every answer carries, also that of an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing from elsewhere, nothing inline, and no page of ours inside another's.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# Two years; names below ours are their owner's to decide.
TRANSPORT = (b"strict-transport-security", b"max-age=63072000")
_OWN = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Headers:
    """Puts the headers on every answer that doesn't have them; over HTTPS also that it is HTTPS from now on."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                own = [pair for pair in _OWN if pair[0] not in given]
                if scope["scheme"] == "https":
                    own.append(TRANSPORT)
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        await self._inner(scope, receive, guarded if scope["type"] == "http" else send)
