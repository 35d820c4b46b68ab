"""Tells of each request who sent it, before any room sees it."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import PREFIX, Accounts, Entered
from kept.errors import KeptError
from kept.interface.pages import is_private
from kept.interface.portal.visiting import PLACE, SETTLED, Visitor, asked_language
from kept.surfaces.portal import cookies
from kept.surfaces.portal.asking import Together

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kept.surfaces.guard.bodies import Refused

ACCOUNT = "kept.account"
"""Where the account of whoever came in stands, in the scope of a request."""
_SEED_BYTES = 16
_STATIC = "/static/"


class Visitors:
    """Turns a session's cookie or a key into the visitor; one who has neither gets a cookie with the first form.

    `refused` makes the answer where that can't be told.
    """

    def __init__(self, inner: ASGIApp, accounts: Callable[[], Accounts], refused: Refused) -> None:
        self._inner = inner
        self._accounts = accounts
        self._refused = refused
        self._by_session = Together(accounts, Accounts.enter_each)
        self._by_key = Together(accounts, Accounts.enter_by_each)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(_STATIC):
            await self._inner(scope, receive, send)
            return
        request = Request(scope)
        try:
            entered, by_key = await self._entered(request)
        except KeptError as error:
            await self._refused(scope, error)(scope, receive, send)
            return
        forms = _Forms(request, self._accounts)
        scope[PLACE] = _visitor(request, entered, by_key, forms)
        scope[ACCOUNT] = entered and entered.account

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and forms.is_new:
                given = Response()
                cookies.give(given, request, cookies.FORM, forms.cookie)
                message = {**message, "headers": [*message["headers"], *_cookies_of(given)]}
            await send(message)

        await self._inner(scope, receive, answered)

    async def _entered(self, request: Request) -> tuple[Entered | None, bool]:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.startswith(PREFIX) and is_private(request):
            return await self._by_key.ask(key), True
        token = cookies.read(request, cookies.SESSION)
        entered = await self._by_session.ask(token) if token else None
        if entered is not None and entered.is_unnoted:
            await run_in_threadpool(lambda: self._accounts().note_session(token))
        return entered, False


class _Forms:
    """What the forms of one who hasn't signed in are bound to: a cookie that only this workspace can have made."""

    def __init__(self, request: Request, accounts: Callable[[], Accounts]) -> None:
        self._request = request
        self._accounts = accounts
        self._seed = ""
        self.is_new = False

    @property
    def cookie(self) -> str:
        """The cookie's value."""
        return f"{self._seed}.{self._accounts().proof('cookie', self._seed)}"

    def token(self) -> str:
        """What their forms carry."""
        if not self._seed:
            self._seed = self._given()
            self.is_new = not self._seed
            if self.is_new:
                self._request.scope[SETTLED] = False
            self._seed = self._seed or os.urandom(_SEED_BYTES).hex()
        return self._accounts().proof("form", self._seed)

    def _given(self) -> str:
        seed, _, proof = cookies.read(self._request, cookies.FORM).partition(".")
        if not (seed and proof.isascii()):
            return ""
        return seed if hmac.compare_digest(proof, self._accounts().proof("cookie", seed)) else ""


def _visitor(request: Request, entered: Entered | None, by_key: bool, forms: _Forms) -> Visitor:
    language = asked_language(request)
    if entered is None:
        return Visitor(language=language, token=forms.token)
    account = entered.account
    return Visitor(
        account=account.id,
        name=account.display,
        actor=None if account.must_change else account.actor,
        language=language,
        by_key=by_key,
        must_change=account.must_change,
        token=entered.binding.hex,
    )


def _cookies_of(response: Response) -> list[tuple[bytes, bytes]]:
    return [(key, value) for key, value in response.raw_headers if key == b"set-cookie"]
