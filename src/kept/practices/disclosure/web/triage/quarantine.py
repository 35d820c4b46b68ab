"""The page of quarantine: what lies there by id alone, and the forms by which two people open it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, form, page, signed_in
from kept.practices.disclosure.web.addresses import loading
from kept.practices.disclosure.web.triage.actions import number

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.triage"
ROLE = "triage"
HOME = "/disclosure/quarantine"
# What comes back is never shown by a browser, whatever it is.
DOWNLOAD: Mapping[str, str] = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}

Action = Callable[["Service", Fields, Actor], object]
ACTIONS: Mapping[str, Action] = {
    "move": lambda service, given, by: service.quarantine_move(
        given.get("case", "").strip(), what=given.get("what", "").strip(), reason=given.get("reason", ""), by=by
    ),
    "ask": lambda service, given, by: service.quarantine_ask(
        given.get("item", ""), reason=given.get("reason", ""), by=by
    ),
    "agree": lambda service, given, by: service.quarantine_agree(given.get("opening", ""), by=by),
    "give-back": lambda service, given, by: service.quarantine_give_back(
        given.get("opening", ""), reason=given.get("reason", ""), by=by
    ),
    "erase": lambda service, given, by: service.quarantine_erase(
        given.get("item", ""), reason=given.get("reason", ""), by=by
    ),
    "escalate": lambda service, given, by: service.quarantine_escalate(
        given.get("item", ""),
        to=given.get("to", ""),
        basis=given.get("basis", ""),
        hold_days=number(given.get("days", "0"), "days"),
        reason=given.get("reason", ""),
        by=by,
    ),
}


def add_quarantine(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/quarantine`, and what is done from there."""

    @routes.get("/quarantine", include_in_schema=False)
    def lying(request: Request) -> HTMLResponse:
        return _shown(request, service(), by=signed_in(request, ROLE))

    @routes.post("/quarantine/open", include_in_schema=False)
    async def opened(request: Request) -> Response:
        by = signed_in(request, ROLE)
        given = await form(request)
        return await run_in_threadpool(_opened, request, service(), given, by)

    @routes.post("/quarantine/{action}", include_in_schema=False)
    async def act(request: Request, action: str) -> Response:
        by = signed_in(request, ROLE)
        given = await form(request)
        return await run_in_threadpool(_done, request, service(), action, given, by)


def _opened(request: Request, service: Service, given: Fields, by: Actor) -> Response:
    """One part of an item as a file to be saved."""
    part = given.get("part", "")
    try:
        parts = service.quarantine_open(given.get("opening", ""), by=by)
        if part not in parts:
            raise NotFound(f"It has no part {part[:40]!r}: {', '.join(parts)}.", code="quarantine.part")
    except KeptError as error:
        return _shown(request, service, by=by, error=error)
    named = {"Content-Disposition": f'attachment; filename="{part}.bin"'}
    return Response(parts[part], media_type="application/octet-stream", headers={**DOWNLOAD, **named})


def _done(request: Request, service: Service, action: str, given: Fields, by: Actor) -> Response:
    if action not in ACTIONS:
        raise NotFound("There is no such action.", code="quarantine.action")
    try:
        ACTIONS[action](service, given, by)
    except KeptError as error:
        return _shown(request, service, by=by, error=error)
    return RedirectResponse(HOME, 303)


def _shown(request: Request, service: Service, *, by: Actor, error: KeptError | None = None) -> HTMLResponse:
    items = service.quarantine_list(by=by)
    status = status_of(error) if error else 200
    told: dict[str, Any] = {"items": items, "error": error, "me": by.id, **loading("triage.js")}
    return page(request, PACKAGE, "quarantine.html.j2", status=status, settled=True, **told)
