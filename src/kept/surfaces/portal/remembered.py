"""Pages that were just made, shown again while nothing that they say has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from kept.errors import KeptError
from kept.interface.pages import is_private
from kept.interface.portal.visiting import SETTLED
from kept.surfaces.portal.asking import Together

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kept.core.accounts import Accounts

MOST, LONGEST = 128, 128 * 1024
"""So many pages are held at most, each of so many bytes at most, for a second at most."""
_PATHS = 1024
_FAILED = 500
# What pages read of a request beside its address; who visits is in the cookie, and what they may do in the store.
_READ = frozenset({b"accept", b"accept-language", b"authorization", b"cookie", b"host"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it was sent, and the route that made it."""

    begun: Message
    ended: Message
    route: Any


class Remembered:
    """Makes a page that is `settled` once for all who ask the same while nothing is written and the second lasts.

    Each request still finds out who sends it, and whether anything was written; who asks while a page is made waits for
    it. A page is known to be settled once it was shown, and forgotten with the state that it was made from.
    """

    def __init__(self, inner: ASGIApp, accounts: Callable[[], Accounts]) -> None:
        self._inner = inner
        self._now: Together[None, str] = Together(accounts, lambda held, lot: [held.as_of()] * len(lot))
        self._settled: dict[str, None] = {}
        self._as_of = ""
        self._answers: dict[Any, asyncio.Future[Answer | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._inner(scope, receive, send)
            return
        if scope["path"] not in self._settled:
            await self._made(scope, receive, send, lambda answer: self._settle(scope["path"], answer))
            return
        try:
            as_of = await self._now.ask(None)
        except KeptError:
            # Where nobody can tell whether anything changed, the page itself says what is wrong.
            await self._inner(scope, receive, send)
            return
        if as_of != self._as_of:
            self._as_of, self._answers = as_of, {}
        await self._answered(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers, asked = self._answers, _asked(scope)
        if asked not in answers:
            answers[asked] = made = asyncio.get_running_loop().create_future()

            def done(answer: Answer | None) -> None:
                if made.done():
                    return
                made.set_result(answer)
                if answer is None or len(answers) > MOST:
                    del answers[asked]

            await self._made(scope, receive, send, done)
            return
        # Whoever goes away takes nobody's page along.
        answer = await asyncio.shield(answers[asked])
        if answer is None:
            await self._inner(scope, receive, send)
            return
        scope["route"] = answer.route
        await send(answer.begun)
        await send(answer.ended)

    async def _made(self, scope: Scope, receive: Receive, send: Send, done: Callable[[Answer | None], None]) -> None:
        """Let the page be made, and tell what may be shown again before it is sent: somebody may take it slowly."""
        begun: Message | None = None

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
                return
            if begun is not None:
                head, begun = begun, None
                done(Answer(head, message, scope.get("route")) if _may_be_held(scope, head, message) else None)
                await send(head)
            await send(message)

        try:
            await self._inner(scope, receive, told)
        finally:
            done(None)

    def _settle(self, path: str, answer: Answer | None) -> None:
        if answer is not None:
            while len(self._settled) >= _PATHS:
                del self._settled[next(iter(self._settled))]
            self._settled[path] = None


def _asked(scope: Scope) -> tuple[Any, ...]:
    read = tuple((name, value) for name, value in scope["headers"] if name in _READ)
    return scope["path"], scope["query_string"], scope["scheme"], is_private(Request(scope)), read


def _may_be_held(scope: Scope, begun: Message, ended: Message) -> bool:
    if not scope.get(SETTLED) or begun["status"] >= _FAILED or ended.get("more_body"):
        return False
    return len(ended.get("body", b"")) <= LONGEST and all(name.lower() != b"set-cookie" for name, _ in begun["headers"])
