"""The accounts of everyone, for whoever has the role admin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import ADMIN, PSEUDONYM
from kept.errors import KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, form, page, signed_in
from kept.surfaces.portal.own_account import own
from kept.surfaces.portal.signing_in import PACKAGE

if TYPE_CHECKING:
    from kept.core.accounts import Accounts

Change = Callable[["Accounts", str, Fields], Any]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_CHANGES: dict[str, Change] = {
    "roles": lambda accounts, account, given: accounts.set_roles(account, given.get("roles", "").split()),
    "disable": lambda accounts, account, given: accounts.disable(account),
    "enable": lambda accounts, account, given: accounts.enable(account),
    "sign-out": lambda accounts, account, given: accounts.close_sessions(accounts.account(account)),
    "password": lambda accounts, account, given: accounts.reset_password(account)[1],
}


def router(accounts: Callable[[], Accounts]) -> APIRouter:
    """`/accounts`, and what is changed from there."""
    routes = APIRouter(prefix="/accounts", include_in_schema=False)

    @routes.get("")
    def show(request: Request) -> HTMLResponse:
        _check(request)
        return _shown(request, accounts())

    @routes.post("")
    async def add(request: Request) -> Response:
        def work() -> str:
            name, roles = given.get("name", ""), given.get("roles", "").split()
            if given.get("password") != "no":
                return accounts().add(name, display=given.get("display", ""), roles=roles)[1]
            accounts().invite(name, display=given.get("display", ""), roles=roles)
            return ""

        _check(request)
        given = await form(request)
        return await run_in_threadpool(_done, request, accounts(), work, given)

    @routes.post("/{account}/{change}")
    async def changed(request: Request, account: str, change: str) -> Response:
        _check(request)
        given = await form(request)
        if change not in _CHANGES or not PSEUDONYM.fullmatch(account):
            raise NotFound("There is no such account, or no such change.", code="accounts.missing")
        return await run_in_threadpool(_done, request, accounts(), lambda: _CHANGES[change](accounts(), account, given))

    return routes


def _check(request: Request) -> None:
    """Raises SignInError or Denied unless a person who may change accounts is at the browser."""
    signed_in(request, ADMIN)
    own(request)


def _done(
    request: Request, accounts: Accounts, work: Callable[[], Any], given: Mapping[str, str] = _NOTHING
) -> Response:
    """Do it, then show the page: anew, or with the password that is shown this once, or with what was wrong.

    `given` is what was typed for a new account, to be typed no second time.
    """
    try:
        made = work()
    except KeptError as error:
        return _shown(request, accounts, error=error, given=given)
    return (
        _shown(request, accounts, secret=made) if isinstance(made, str) and made else RedirectResponse("/accounts", 303)
    )


def _shown(
    request: Request,
    accounts: Accounts,
    *,
    secret: str = "",
    error: KeptError | None = None,
    given: Mapping[str, str] = _NOTHING,
) -> HTMLResponse:
    return page(
        request,
        PACKAGE,
        "accounts.html.j2",
        status=status_of(error) if error else 200,
        settled=True,
        everyone=accounts.everyone(),
        secret=secret,
        error=error,
        given=given,
    )
