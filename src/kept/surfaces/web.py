"""The web surface: mounts what the rooms declare, behind one set of headers and one allowance for each caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Match

from kept.core.reference import load
from kept.errors import Unavailable
from kept.interface.portal.words import FRAME
from kept.surfaces.answers import REFUSALS, Strangers, add_errors
from kept.surfaces.guard.addresses import Addresses
from kept.surfaces.guard.bodies import Bodies
from kept.surfaces.guard.callers import Callers
from kept.surfaces.guard.headers import Headers
from kept.surfaces.guard.heads import Heads
from kept.surfaces.guard.meters import Meters
from kept.surfaces.guard.unchanged import Unchanged
from kept.surfaces.guard.watched import Watched
from kept.surfaces.portal import administration, files, front, monitoring, own_account, passkeys, signing_in
from kept.surfaces.portal import organisation as by_organisation
from kept.surfaces.portal.remembered import Remembered
from kept.surfaces.portal.visitors import Visitors

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.types import ASGIApp, Scope

    from kept.core.accounts import Accounts
    from kept.core.accounts.settings import PortalSettings
    from kept.core.practice import Practice
    from kept.interface.allowance import Allowance
    from kept.surfaces.portal.standing import Standings


def nobody() -> Accounts:
    """The accounts where nobody can sign in. Raises Unavailable."""
    raise Unavailable("Nobody can sign in here.", code="portal.absent", hint="Serve the workspace by kept serve.")


def application(
    rooms: Iterable[Practice],
    service: Callable[[str], Any],
    *,
    accounts: Callable[[], Accounts] = nobody,
    organisation: str,
    allowance: Allowance,
    standings: Standings | None = None,
    settings: PortalSettings | None = None,
    unheard: Callable[[], int] = int,
    is_stopping: Callable[[], bool] = bool,
) -> ASGIApp:
    """The pages and interfaces of every room: `/<room>`, and what stands at the root; OpenAPI at `/openapi.json`.

    `service` gives a room's service by its name when a request first needs it, `accounts` the people who sign in,
    `standings` how the promises stand, `unheard` how much of what is due reached nobody. What a caller sends over the
    allowance is answered 429. Without `settings` it answers to any host, as tests do.
    """
    meters = Meters()
    shown: dict[str, str] = {}
    packages = {FRAME, signing_in.PACKAGE}
    turn = Lock()
    once = _provider(lambda _: accounts(), "", turn)
    built = FastAPI(title=f"{organisation}: kept", docs_url=None, redoc_url=None, version="1")
    built.state.organisation = organisation
    metered: list[str] = []
    # A request is held against one route after the other, so what is asked for most comes first. What the rooms show
    # and where their files stand is added below to what these two were given.
    built.include_router(front.router(standings, shown, unheard=unheard))
    built.include_router(files.router(packages))
    _mount_people(built, once, settings)
    is_local = settings is not None and not settings.url
    watching = monitoring.router(once, meters, is_local=is_local, unheard=unheard, is_stopping=is_stopping)
    built.include_router(watching, responses=REFUSALS)

    for room in rooms:
        metered += room.metered
        packages |= {reference.partition(":")[0] for reference in (*room.roots.values(), room.routes) if reference}
        _mount(built, room, _provider(service, room.name, turn), shown)
    add_errors(built)
    refused = Strangers(built).refused
    guarded: ASGIApp = Callers(Visitors(Remembered(built, once), once, refused), allowance, tuple(metered), refused)
    if settings is not None:
        guarded = Addresses(Bodies(guarded, settings.body_bytes, refused), settings, refused)
    return Watched(Heads(Headers(Unchanged(guarded))), meters, built.routes)


def _mount_people(built: FastAPI, accounts: Callable[[], Accounts], settings: PortalSettings | None) -> None:
    """The pages by which people sign in, and those of their accounts."""
    guesses = signing_in.Guesses(time.monotonic)
    address = settings.url if settings else ""
    built.state.by_organisation = settings.organisation.name if settings and settings.organisation else ""
    built.include_router(signing_in.router(accounts, guesses))
    built.include_router(passkeys.router(accounts, guesses, address=address, organisation=built.state.organisation))
    if settings and settings.organisation:
        built.include_router(by_organisation.router(accounts, guesses, settings.organisation, address=address))
    built.include_router(own_account.router(accounts))
    built.include_router(administration.router(accounts))


def _mount(built: FastAPI, room: Practice, service: Callable[[], Any], shown: dict[str, str]) -> None:
    """Put in a room's routes; `shown` is told of a page at the head of them."""
    for root, reference in room.roots.items():
        _include(built, load(reference)(service), prefix=root, tag=room.name)
    if room.routes:
        path = room.name.replace("_", "-")
        router = load(room.routes)(service)
        _include(built, router, prefix=f"/{path}", tag=room.name)
        if any(getattr(route, "path", "") == "/" for route in router.routes):
            shown[f"/{path}/"] = room.title


def _include(built: FastAPI, router: APIRouter, *, prefix: str, tag: str) -> None:
    """Put in a router that is asked for what stands beneath its prefix alone.

    A request is held against one route after the other, and to try all of the rooms' took a fifth of a short answer.
    """
    matches = router.matches

    def beneath(scope: Scope) -> tuple[Match, Scope]:
        return matches(scope) if scope["path"].startswith(prefix) else (Match.NONE, {})

    router.matches = beneath  # type: ignore[method-assign] # FastAPI asks the router that it was given
    built.include_router(router, prefix=prefix, tags=[tag], responses=REFUSALS)


def _provider(service: Callable[[str], Any], name: str, turn: Lock) -> Callable[[], Any]:
    """A room's service, built once, whichever threads ask for it first."""

    built: Any = None

    def provided() -> Any:
        nonlocal built
        if built is None:
            with turn:
                built = service(name) if built is None else built
        return built

    return provided
