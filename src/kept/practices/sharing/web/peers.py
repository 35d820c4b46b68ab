"""Peers: listed, added, shown with all that lets them in, and let in no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import Invalid, KeptError, NotFound
from kept.interface.portal import Fields, do, form
from kept.practices.sharing.records import Peer, Pulled, Pushed
from kept.practices.sharing.records.peers import IssuedKey
from kept.practices.sharing.web.frame import ROOT, shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/peers"
Action = Callable[["Service", str, Fields, Actor], object]


def add_peers(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/peers`, `/peers/{name}` and what is done there."""

    @routes.get("/peers", include_in_schema=False)
    def peers(request: Request) -> HTMLResponse:
        staff(request)
        return _peers(request, service())

    @routes.post("/peers", include_in_schema=False)
    async def add(request: Request) -> Response:
        by, given = staff(request), await form(request)
        try:
            name: str = await do(lambda: _added(service(), given, by))
        except KeptError as error:
            return await run_in_threadpool(_peers, request, service(), error, given)
        return RedirectResponse(f"{HOME}/{name}", 303)

    @routes.get("/peers/{name}", include_in_schema=False)
    def one(request: Request, name: str) -> HTMLResponse:
        return _peer(request, service(), name, by=staff(request))

    @routes.post("/peers/{name}/{action}", include_in_schema=False)
    async def act(request: Request, name: str, action: str) -> Response:
        by, given = staff(request), await form(request)
        if action not in ACTIONS:
            raise NotFound("There is no such action.", code="peer.action")
        try:
            told = await do(lambda: ACTIONS[action](service(), name, given, by))
        except KeptError as error:
            return await run_in_threadpool(_peer, request, service(), name, by=by, error=error)
        if isinstance(told, IssuedKey | list):
            return await run_in_threadpool(_peer, request, service(), name, by=by, told=told)
        return RedirectResponse(f"{HOME}/{name}", 303)


def _added(service: Service, given: Fields, by: Actor) -> str:
    """Add a peer by what its people say of it: no server, and no file of ours, is named by a form."""
    name, organisation, client, keys = (
        given.get(field, "").strip() for field in ("name", "organisation", "client_of", "keys")
    )
    return service.peers_add(Peer(name, organisation, client, keys=keys), by=by).name


def _granted(service: Service, name: str, given: Fields, by: Actor) -> None:
    may = given.get("may", "")
    if may not in ("read", "write", "both", "nothing"):
        raise Invalid("It isn't said what the peer may do.", code="form.grant", hint="read, write, both or nothing")
    read, write = may in ("read", "both"), may in ("write", "both")
    service.collections_grant(given.get("collection", ""), name, read=read, write=write, by=by)


async def _exchanged(service: Service, name: str, by: Actor) -> list[Pulled | Pushed]:
    """Send what waits and fetch what is new, once."""
    found: list[Pulled | Pushed] = []
    await service.follow((name,), rounds=1, told=found.append, by=by)
    return found


def _revoked(service: Service, name: str, given: Fields, by: Actor) -> int:
    """Revoke one key, or the peer; a form without a key says so, lest one that lost its field takes all."""
    key = given.get("key", "")
    if not key and given.get("whole") != "yes":
        raise Invalid("It isn't said what is revoked.", code="form.revoke", hint="Choose a key, or tick the box.")
    return service.peers_revoke(name, key=key, by=by)


ACTIONS: Mapping[str, Action] = {
    "key": lambda service, name, given, by: service.peers_key(name, by=by),
    "certify": lambda service, name, given, by: service.peers_certify(name, given.get("certificate", ""), by=by),
    "revoke": _revoked,
    "grant": _granted,
    "exchange": lambda service, name, given, by: _exchanged(service, name, by),
}


def _peers(
    request: Request, service: Service, error: KeptError | None = None, given: Mapping[str, str] | None = None
) -> HTMLResponse:
    rows = service.peers_list()
    return shown(request, "peers.html.j2", here="peers", error=error, peers=rows, given=given or {})


def _peer(
    request: Request,
    service: Service,
    name: str,
    *,
    by: Actor,
    error: KeptError | None = None,
    told: IssuedKey | list[Pulled | Pushed] | None = None,
) -> HTMLResponse:
    return shown(
        request,
        "peer.html.j2",
        here="peers",
        error=error,
        found=service.peers_show(name, by=by),
        issued=told if isinstance(told, IssuedKey) else None,
        exchanged=told if isinstance(told, list) else (),
        collections=[each for each in service.collections_list() if not each.peer],
    )
