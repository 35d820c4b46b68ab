"""No body is longer than any room would read, whatever a request says of its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kept.interface.pages import TooLargeError, refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kept.errors import KeptError

Refused = Callable[["Scope", "KeptError"], "Response"]
"""How whoever sent a request is told that it isn't answered."""
_DROPPED = 1 << 20


class Bodies:
    """Answers 413 to a body of more than `limit` bytes: at once where its length is stated, else when it has come.

    `refused` makes the answer.
    """

    def __init__(self, inner: ASGIApp, limit: int, refused: Refused = lambda _, error: refusal(error)) -> None:
        self._inner = inner
        self._limit = limit
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        stated = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if stated.isdigit() and int(stated) > self._limit:
            await _drop(receive)
            answer = self._refused(scope, self._error())
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise self._error()
            return message

        await self._inner(scope, counted, send)

    def _error(self) -> TooLargeError:
        return TooLargeError(
            f"The body has more than {self._limit} bytes.", code="web.body", hint="Send a smaller one."
        )


async def _drop(receive: Receive) -> None:
    """Take some of what isn't wanted, so that whoever sends little too much is there to hear the answer."""
    left = _DROPPED
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return
