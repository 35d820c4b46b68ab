"""One's own account: its keys for programs, and where else one is signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import Account, Accounts, ApiKey, Passkey, SignInError
from kept.errors import Invalid, KeptError
from kept.interface.pages import is_private, status_of
from kept.interface.portal import form, page, signed_in, visitor
from kept.surfaces.portal.asking import Together
from kept.surfaces.portal.signing_in import PACKAGE, enter
from kept.surfaces.portal.visitors import ACCOUNT

Belongings = Together[Account, tuple[Sequence[ApiKey], Sequence[Passkey]]]

_DAYS = 3650


def router(accounts: Callable[[], Accounts]) -> APIRouter:
    """`/account`, and what is changed from there."""
    routes = APIRouter(prefix="/account", include_in_schema=False)
    belongings: Belongings = Together(accounts, Accounts.belongings)

    @routes.get("")
    async def show(request: Request) -> HTMLResponse:
        return await _shown(request, belongings, own(request))

    @routes.post("/keys")
    async def add_key(request: Request) -> HTMLResponse:
        account, given = own(request), await form(request)
        try:
            span = _span(given.get("days", ""))
            _, secret = await run_in_threadpool(
                lambda: accounts().add_key(account, label=given.get("label", ""), span=span)
            )
        except KeptError as error:
            return await _shown(request, belongings, account, error=error)
        return await _shown(request, belongings, account, secret=secret)

    @routes.post("/keys/{number}/revoke")
    async def revoke_key(request: Request, number: str) -> Response:
        account = own(request)
        await form(request)
        await run_in_threadpool(lambda: accounts().revoke_key(number, of=account))
        return RedirectResponse("/account", 303)

    @routes.post("/sessions/end")
    async def end_sessions(request: Request) -> Response:
        account = own(request)
        await form(request)
        await run_in_threadpool(lambda: accounts().close_sessions(account))
        return await enter(request, accounts(), account, after="/account")

    return routes


def own(request: Request) -> Account:
    """The account of the person at the browser; a program's key is no person. Raises SignInError."""
    signed_in(request)
    account = request.scope[ACCOUNT]
    if visitor(request).by_key or not is_private(request) or account is None:
        raise SignInError("A program can't change an account.", code="accounts.person", hint="Sign in on the web.")
    found: Account = account
    return found


def _span(days: str) -> timedelta | None:
    if not days:
        return None
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:5]) <= _DAYS):
        raise Invalid(f"A key works for 1 to {_DAYS} days.", code="accounts.days", hint="Leave it empty for no end.")
    return timedelta(days=int(days[:5]))


async def _shown(
    request: Request,
    belongings: Belongings,
    account: Account,
    *,
    secret: str = "",
    error: KeptError | None = None,
) -> HTMLResponse:
    """The page; with a key's secret, that is shown this once, or with what was wrong."""
    keys, passkeys = await belongings.ask(account)
    told: dict[str, Any] = {"account": account, "keys": keys, "passkeys": passkeys, "secret": secret}
    status = status_of(error) if error else 200
    return page(
        request, PACKAGE, "account.html.j2", status=status, settled=True, scripts=("passkeys.js",), error=error, **told
    )
