"""Signing in by name and password, choosing a password, and signing out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import SignInError
from kept.errors import Denied, Invalid, KeptError
from kept.interface.allowance import Allowance
from kept.interface.pages import TooOftenError, check_private, status_of, waiting
from kept.interface.portal import form, page, visitor
from kept.surfaces.portal import cookies

if TYPE_CHECKING:
    from kept.core.accounts import Account, Accounts

PACKAGE = "kept.surfaces"
PASSWORD = "/account/password"  # noqa: S105 - it's the address of a page
_BUCKETS = 8192
# A hash takes half a second and 128 MiB, and whoever waits for one must not keep a thread from pages.
_HASHED_AT_ONCE, WAITING = 2, 32
_LONGEST_NEXT = 512


def router(accounts: Callable[[], Accounts], guesses: Guesses) -> APIRouter:
    """`/sign-in`, `/sign-out` and `/account/password`."""
    routes = APIRouter(include_in_schema=False)

    _add_doors(routes, accounts, guesses)
    _add_password(routes, accounts, guesses)
    return routes


def _add_doors(routes: APIRouter, accounts: Callable[[], Accounts], guesses: Guesses) -> None:
    """GET and POST `/sign-in`, POST `/sign-out`."""

    @routes.get("/sign-in")
    def asked(request: Request, next: str = "/") -> Response:
        check_private(request)
        return shown(request, after=next)

    @routes.post("/sign-in")
    async def signed(request: Request) -> Response:
        check_private(request)
        given = await form(request)
        name, after = given.get("name", ""), local(given.get("next", "/"))
        try:
            guesses.take(request, name)
            account = await guesses.check(lambda: accounts().sign_in(name, given.get("password", "")))
        except (SignInError, TooOftenError) as error:
            return shown(request, after=after, error=error, name=name)
        return await enter(request, accounts(), account, after=after)

    @routes.post("/sign-out")
    async def leave(request: Request) -> Response:
        await form(request)
        token = cookies.read(request, cookies.SESSION)
        await run_in_threadpool(lambda: accounts().close_session(token))
        answer = RedirectResponse("/", 303)
        cookies.take_back(answer, request, cookies.SESSION)
        return answer


def _add_password(routes: APIRouter, accounts: Callable[[], Accounts], guesses: Guesses) -> None:
    """GET and POST `/account/password`."""

    @routes.get(PASSWORD)
    def choose(request: Request) -> Response:
        _account(request)
        return _password(request)

    @routes.post(PASSWORD)
    async def chosen(request: Request) -> Response:
        account, given = _account(request), await form(request)
        try:
            guesses.take(request, account)
            if given.get("new", "") != given.get("again", ""):
                raise Invalid(
                    "The new password was typed in two ways.", code="accounts.password", hint="Type it again."
                )
            changed = await guesses.check(
                lambda: accounts().change_password(account, old=given.get("old", ""), new=given.get("new", ""))
            )
        except KeptError as error:
            return _password(request, error=error)
        return await enter(request, accounts(), changed, after="/account")


class Guesses:
    """How often a password may be tried: by each caller, and for each name, whether or not anybody has it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._callers = Allowance(now, rate=1 / 6, burst=10)
        self._names = Allowance(now, rate=1 / 30, burst=10)
        self._steps = Allowance(now, rate=1, burst=30)
        self._turns: CapacityLimiter | None = None

    def take(self, request: Request, name: str) -> None:
        """Take one guess. Raises TooOftenError."""
        _check_wait(self._callers.take(_caller(request)))
        # As many buckets as are never forgotten, so that a flood of names can't make one forget another.
        digest = hashlib.sha256(name.strip().lower().encode("utf-8", "surrogatepass")).digest()
        _check_wait(self._names.take(str(int.from_bytes(digest[:4]) % _BUCKETS)))

    def take_step(self, request: Request) -> None:
        """Take one step of a sign-in in which nothing can be guessed. Raises TooOftenError."""
        _check_wait(self._steps.take(_caller(request)))

    @property
    def waiting(self) -> int:
        """How many passwords wait to be hashed."""
        return self._turns.statistics().tasks_waiting if self._turns else 0

    async def check(self, work: Callable[[], Account]) -> Account:
        """Hash a password when its turn comes; others are answered meanwhile. Raises TooOftenError where many wait."""
        if self._turns is None:
            self._turns = CapacityLimiter(_HASHED_AT_ONCE)
        _check_wait(1.0 if self.waiting >= WAITING else 0.0)
        return await to_thread.run_sync(work, limiter=self._turns)


def _caller(request: Request) -> str:
    return request.client.host if request.client else ""


def _check_wait(seconds: float) -> None:
    if seconds > 0:
        raise TooOftenError(
            "Too many tries to sign in.", seconds=seconds, code="accounts.often", hint="Wait, then try again."
        )


async def enter(request: Request, accounts: Accounts, account: Account, *, after: str) -> Response:
    """Begin a session and go to where the person wanted to."""
    answer = RedirectResponse(PASSWORD if account.must_change else local(after), 303)
    await begin(request, answer, accounts, account)
    return answer


async def begin(request: Request, answer: Response, accounts: Accounts, account: Account) -> None:
    """Begin a session with this answer, never one whose secret was known before. Raises Denied."""
    if account.disabled:
        raise Denied("This account is disabled.", code="accounts.disabled")
    old = cookies.read(request, cookies.SESSION)
    await run_in_threadpool(lambda: accounts.close_session(old))
    token = await run_in_threadpool(lambda: accounts.open_session(account))
    cookies.give(answer, request, cookies.SESSION, token)


def local(address: str) -> str:
    """A path of this portal, or "/" for whatever would lead elsewhere."""
    plain = len(address) <= _LONGEST_NEXT and address.isascii() and address.isprintable() and "\\" not in address
    if not plain or not address.startswith("/") or address.startswith("//"):
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address


def _account(request: Request) -> str:
    """The account of whoever came in. Raises SignInError."""
    found = visitor(request).account
    if not found or visitor(request).by_key:
        raise SignInError("Nobody has signed in.", code="accounts.nobody", hint="Sign in.")
    return found


def shown(request: Request, *, after: str = "/", error: KeptError | None = None, name: str = "") -> HTMLResponse:
    """The sign-in page, with what was wrong, and the name that was typed."""
    status, headers = (status_of(error), waiting(error)) if error else (200, {})
    return page(
        request,
        PACKAGE,
        "sign-in.html.j2",
        status=status,
        headers=headers,
        settled=True,
        after=local(after),
        error=error,
        name=name,
        by_passkey=find_spec("webauthn") is not None,
        by_organisation=request.app.state.by_organisation,
        scripts=("passkeys.js",),
    )


def _password(request: Request, *, error: KeptError | None = None) -> HTMLResponse:
    status, headers = (status_of(error), waiting(error)) if error else (200, {})
    return page(request, PACKAGE, "password.html.j2", status=status, headers=headers, settled=True, error=error)
