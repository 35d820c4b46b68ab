"""The first page: what was promised, how it stands, and what a visitor can do here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from kept.core.commitments import catalog
from kept.interface.portal import page, visitor
from kept.interface.portal.places import PUBLIC, STAFF, mounted

if TYPE_CHECKING:
    from kept.surfaces.portal.standing import Standings

PACKAGE = "kept.surfaces"
TOLD_OF_WHAT_IS_DUE = frozenset({"admin", "triage", "share"})
"""The roles that are shown what nobody was reached about."""
VERIFY = "/ledger/checkpoint"
# What everybody can do, in this order, where it is mounted.
_DOINGS = ("check", "report", "advisories", "reports")


def router(standings: Standings | None, rooms: Mapping[str, str], *, unheard: Callable[[], int] = int) -> APIRouter:
    """`/`. `rooms` are the titles of rooms that have a page of their own, by their paths; `unheard` counts what is due
    and reached nobody, for staff who can do something about it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def front(request: Request) -> Response:
        standing = (standings.at_hand() or await run_in_threadpool(standings.current)) if standings else None
        lost = await run_in_threadpool(unheard) if visitor(request).has(*TOLD_OF_WHAT_IS_DUE) else 0
        told = {"standing": standing, "unheard": lost, **_around(request, rooms)}
        return page(request, PACKAGE, "front.html.j2", public=True, **told)

    return routes


def _around(request: Request, rooms: Mapping[str, str]) -> dict[str, Any]:
    here = mounted(request.app)
    placed = {*PUBLIC.values(), *(path for path, _ in STAFF.values())}
    held = catalog.load()
    return {
        "doings": {name: PUBLIC[name] for name in _DOINGS if PUBLIC[name] in here},
        "verify": VERIFY if VERIFY in here else "",
        "rooms": {path: title for path, title in rooms.items() if path not in placed},
        "sources": {commitment.id: held.source(commitment) for commitment in held},
    }
