"""The web surface: mounts what the rooms declare, behind one set of headers and one allowance for each caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from kept.core.reference import load
from kept.errors import Invalid, KeptError, NotFound, Unavailable
from kept.interface.pages import refusal, status_of, waiting
from kept.interface.portal import SignInError, page
from kept.interface.portal.visiting import MUST_CHANGE, PLACE
from kept.interface.portal.words import FRAME
from kept.surfaces.guard.addresses import Addresses
from kept.surfaces.guard.bodies import Bodies
from kept.surfaces.guard.callers import Callers
from kept.surfaces.guard.headers import Headers
from kept.surfaces.guard.meters import Meters
from kept.surfaces.guard.watched import Watched
from kept.surfaces.portal import administration, files, front, monitoring, own_account, passkeys, signing_in
from kept.surfaces.portal import organisation as by_organisation
from kept.surfaces.portal.visitors import Visitors

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from kept.core.accounts import Accounts
    from kept.core.accounts.settings import PortalSettings
    from kept.core.practice import Practice
    from kept.interface.allowance import Allowance
    from kept.surfaces.portal.standing import Standings


def nobody() -> Accounts:
    """The accounts where nobody can sign in. Raises Unavailable."""
    raise Unavailable("Nobody can sign in here.", code="portal.absent", hint="Serve the workspace by kept serve.")


NOTHING = "web.nothing"


def application(
    rooms: Iterable[Practice],
    service: Callable[[str], Any],
    *,
    accounts: Callable[[], Accounts] = nobody,
    organisation: str,
    allowance: Allowance,
    standings: Standings | None = None,
    settings: PortalSettings | None = None,
    is_stopping: Callable[[], bool] = bool,
) -> ASGIApp:
    """The pages and interfaces of every room: `/<room>`, and what stands at the root; OpenAPI at `/openapi.json`.

    `service` gives a room's service by its name when a request first needs it, `accounts` the people who sign in,
    `standings` how the promises stand. What a caller sends over the allowance is answered 429. Without `settings` it
    answers to any host, as tests do.
    """
    meters = Meters()
    shown: dict[str, str] = {}
    packages = {FRAME, signing_in.PACKAGE}
    turn = Lock()
    once = _provider(lambda _: accounts(), "", turn)
    built = FastAPI(title=f"{organisation}: kept", docs_url=None, redoc_url=None, version="1")
    built.state.organisation = organisation
    metered: list[str] = []
    for room in rooms:
        metered += room.metered
        packages |= {reference.partition(":")[0] for reference in room.roots.values()}
        for root, reference in room.roots.items():
            built.include_router(load(reference)(_provider(service, room.name, turn)), prefix=root, tags=[room.name])
        if room.routes:
            path = room.name.replace("_", "-")
            packages.add(room.routes.partition(":")[0])
            router = load(room.routes)(_provider(service, room.name, turn))
            built.include_router(router, prefix=f"/{path}", tags=[room.name])
            if any(getattr(route, "path", "") == "/" for route in router.routes):
                shown[f"/{path}/"] = room.title
    add_errors(built)

    guesses = signing_in.Guesses(time.monotonic)
    address = settings.url if settings else ""
    built.state.by_organisation = settings.organisation.name if settings and settings.organisation else ""
    built.include_router(signing_in.router(once, guesses))
    built.include_router(passkeys.router(once, guesses, address=address, organisation=organisation))
    if settings and settings.organisation:
        built.include_router(by_organisation.router(once, guesses, settings.organisation, address=address))
    built.include_router(own_account.router(once))
    built.include_router(administration.router(once))
    built.include_router(files.router(packages))
    built.include_router(
        monitoring.router(once, meters, is_local=settings is not None and not settings.url, is_stopping=is_stopping)
    )

    built.include_router(front.router(standings, shown))
    guarded: ASGIApp = Callers(Visitors(built, once), allowance, tuple(metered))
    if settings is not None:
        guarded = Addresses(Bodies(guarded, settings.body_bytes), settings)
    return Watched(Headers(guarded), meters)


def add_errors(application: FastAPI) -> None:
    """Let an application answer errors as every room's are answered."""
    application.add_exception_handler(KeptError, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _absent)


def _provider(service: Callable[[str], Any], name: str, turn: Lock) -> Callable[[], Any]:
    """A room's service, built once, whichever threads ask for it first."""

    def provided() -> Any:
        with turn:
            return service(name)

    return provided


async def _refused(request: Request, error: Exception) -> Response:
    """An error as a page for people and as JSON for programs; whoever hasn't signed in is led there."""
    if not isinstance(error, KeptError):
        raise error
    if "text/html" not in request.headers.get("accept", "") or PLACE not in request.scope:
        return refusal(error)
    if isinstance(error, SignInError):
        return RedirectResponse(_sign_in(request, error), 303)
    absent = isinstance(error, NotFound)
    # The page says in the reader's language what there is to say of an address that leads nowhere.
    told = {"message": "" if error.code == NOTHING else error.message, "hint": error.hint}
    return page(request, FRAME, "error.html.j2", status=status_of(error), headers=waiting(error), absent=absent, **told)


def _sign_in(request: Request, error: SignInError) -> str:
    if error.code == MUST_CHANGE:
        return signing_in.PASSWORD
    if request.method != "GET":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query, safe='/')}"


async def _absent(request: Request, error: Exception) -> Response:
    """What no route answers: a page for people, and JSON for programs."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code != 404:
        return await http_exception_handler(request, error)
    return await _refused(request, NotFound("Nothing is here.", code=NOTHING))


async def _malformed(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refusal(Invalid(f"{place}: {first['msg']}.", code="web.request"))
