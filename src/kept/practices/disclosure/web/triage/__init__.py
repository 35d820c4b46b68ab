"""The pages of triage: for staff the cases, each case and the quarantine; for a vendor with a token their part."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, do, form, page, signed_in
from kept.interface.portal.visiting import asked_language
from kept.interface.portal.words import words
from kept.practices.disclosure.methods.triage import harms
from kept.practices.disclosure.methods.triage.clocks import LIMITS
from kept.practices.disclosure.methods.triage.decisions import SSVC, ssvc
from kept.practices.disclosure.methods.triage.states import STATES
from kept.practices.disclosure.records.triage import Audited
from kept.practices.disclosure.web.addresses import PACKAGE as WEB
from kept.practices.disclosure.web.addresses import loading
from kept.practices.disclosure.web.triage.actions import ACTIONS, BY_HAND, HOWS, models_of
from kept.practices.disclosure.web.triage.quarantine import add_quarantine
from kept.practices.disclosure.web.triage.vendors import add_vendors

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.triage"
ROLE = "triage"
HOME = "/disclosure/triage"


def add_triage(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/triage`, `/triage/{case}` and what is done from there; `/vendor` for vendors."""

    @routes.get("/triage", include_in_schema=False)
    def cases(
        request: Request, state: str = "", assignee: str = "", overdue: str = "", after: str = ""
    ) -> HTMLResponse:
        by = signed_in(request, ROLE)
        late = bool(overdue)
        found = service().triage_list(state=state, assignee=assignee, overdue=late, after=after, by=by)
        told = {"state": state, "assignee": assignee, "overdue": late}
        return page(request, PACKAGE, "cases.html.j2", settled=True, cases=found, states=STATES, asked=told, me=by.id)

    @routes.get("/triage/{case}", include_in_schema=False)
    def one(request: Request, case: str) -> HTMLResponse:
        return _case(request, service(), case, by=signed_in(request, ROLE))

    @routes.post("/triage/{case}/{action}", include_in_schema=False)
    async def act(request: Request, case: str, action: str) -> Response:
        by = signed_in(request, ROLE)
        given = await form(request)
        return await _done(request, service(), case, action, given, by)

    add_quarantine(routes, service)
    add_vendors(routes, service)


async def _done(request: Request, service: Service, case: str, action: str, given: Fields, by: Actor) -> Response:
    """Do it, then show the case anew; or with what was wrong, or what is shown this once."""
    if action not in ACTIONS:
        raise NotFound("There is no such action.", code="triage.action")
    try:
        shown = await do(lambda: ACTIONS[action](service, case, given, by))
    except KeptError as error:
        return await run_in_threadpool(partial(_case, request, service, case, by=by, error=error))
    if isinstance(shown, Audited):
        return await run_in_threadpool(partial(_case, request, service, case, by=by, audited=shown))
    if isinstance(shown, str):
        return await run_in_threadpool(partial(_case, request, service, case, by=by, secret=shown))
    return RedirectResponse(f"{HOME}/{case}", 303)


def _case(
    request: Request,
    service: Service,
    case: str,
    *,
    by: Actor,
    error: KeptError | None = None,
    secret: str = "",
    audited: Audited | None = None,
) -> HTMLResponse:
    found = service.triage_show(case, by=by)
    return page(
        request,
        PACKAGE,
        "case.html.j2",
        status=status_of(error) if error else 200,
        settled=True,
        case=found,
        vendors=service.vendors_list(case, by=by),
        clocks=tuple(LIMITS),
        asks=harms.asks(),
        tables=tuple(ssvc(name) for name in SSVC),
        severities=harms.SEVERITIES,
        by_hand=BY_HAND,
        models=models_of(service, found),
        hows=HOWS,
        error=error,
        secret=secret,
        audited=audited,
        receipt=service.receipt_events(case, by=by),
        done=words(asked_language(request), WEB)["done"],
        me=by.id,
        **loading("triage.js"),
    )
