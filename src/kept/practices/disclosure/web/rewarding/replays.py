"""The replays of a case: planned and done, how often each version showed the weakness, and what is left to try."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import Conflict, KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, do, form, page, signed_in
from kept.practices.disclosure.methods.replay.offers import offer_of
from kept.practices.disclosure.web.addresses import loading

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.rewarding"
ROLE = "triage"
CASE = Path(pattern=r"^r-[0-9a-f]{16}$")
ENDED = ("recorded", "refused")


def add_replays(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/triage/{case}/replays`, and what is done from there: `start` queues one, `close` gives one up."""

    @routes.get("/triage/{case}/replays", include_in_schema=False)
    def replays(request: Request, case: str = CASE) -> HTMLResponse:
        return _shown(request, service(), case, by=signed_in(request, ROLE))

    @routes.post("/triage/{case}/replays/{action}", include_in_schema=False)
    async def act(request: Request, action: str, case: str = CASE) -> Response:
        by = signed_in(request, ROLE)
        given = await form(request)
        try:
            await do(lambda: _done(service(), case, action, given, by))
        except KeptError as error:
            return await run_in_threadpool(partial(_shown, request, service(), case, by=by, error=error))
        return RedirectResponse(f"/disclosure/triage/{case}/replays", 303)


async def _done(service: Service, case: str, action: str, given: Fields, by: Actor) -> None:
    """A replay is on the models of its programme's scope: a form names none. Raises NotFound for another action."""
    if action == "start":
        await service.replay(case, severity=given.get("severity", ""), by=by)
    elif action == "close":
        chosen = given.get("replay", "")
        if chosen not in [each.id for each in service.replays(report=case, by=by)]:
            raise Conflict(f"{chosen[:40]!r} is no replay of this case.", code="replay.state", hint="Look again.")
        await service.settle(only=chosen, close=chosen, by=by)
    else:
        raise NotFound("There is no such action.", code="replay.action")


def _shown(request: Request, service: Service, case: str, *, by: Actor, error: KeptError | None = None) -> HTMLResponse:
    found = service.show(case, by=by)
    programme = service.programme_show(found.programme, version=found.version) if found.programme else None
    draft = programme.draft if programme else None
    made = service.replays(report=case, by=by)
    return page(
        request,
        PACKAGE,
        "replays.html.j2",
        status=status_of(error) if error else 200,
        settled=True,
        sealed=found,
        replays=made,
        offers=[(each.severity, offer_of(draft, each.severity)) for each in draft.terms] if draft else [],
        most=draft.submissions if draft else 0,
        level=f"{1 - draft.level:.2g}" if draft else "",
        going=any(each.state not in ENDED for each in made),
        error=error,
        **loading("triage.js"),
    )
