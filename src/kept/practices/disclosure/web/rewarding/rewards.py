"""The ledger of rewards with its budgets, and the forms by which one is proposed, promised, paid or taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, form, page, signed_in, visitor
from kept.practices.disclosure.web.addresses import loading

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.rewarding"
ROLE = "reward"
HOME = "/disclosure/rewards"
LATEST = 100
Action = Callable[["Service", Fields, Actor], object]
ACTIONS: Mapping[str, Action] = {
    "propose": lambda service, given, by: service.reward_propose(given.get("report", "").strip(), by=by),
    "prize": lambda service, given, by: service.reward_prize(
        given.get("contest", ""), given.get("report", "").strip(), by=by
    ),
    "approve": lambda service, given, by: service.reward_approve(given.get("reward", ""), by=by),
    "pay": lambda service, given, by: service.reward_pay(
        given.get("reward", ""), given.get("reference", "").strip(), by=by
    ),
    "withdraw": lambda service, given, by: service.reward_withdraw(
        given.get("reward", ""), given.get("reason", ""), by=by
    ),
}


def add_rewards(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/rewards`, and what is done from there."""

    @routes.get("/rewards", include_in_schema=False)
    def rewards(request: Request, programme: str = "") -> HTMLResponse:
        return _shown(request, service(), by=signed_in(request, ROLE), programme=programme)

    @routes.post("/rewards/{action}", include_in_schema=False)
    async def act(request: Request, action: str) -> Response:
        by = signed_in(request, ROLE)
        given = await form(request)
        if action not in ACTIONS:
            raise NotFound("There is no such action.", code="reward.action")
        try:
            await run_in_threadpool(ACTIONS[action], service(), given, by)
        except KeptError as error:
            return await run_in_threadpool(partial(_shown, request, service(), by=by, error=error))
        return RedirectResponse(HOME, 303)


def _shown(
    request: Request, service: Service, *, by: Actor, programme: str = "", error: KeptError | None = None
) -> HTMLResponse:
    programmes = service.programme_list(closed=True)
    return page(
        request,
        PACKAGE,
        "rewards.html.j2",
        status=status_of(error) if error else 200,
        settled=True,
        budgets=[service.reward_budget(each.name, by=by) for each in programmes],
        chosen=programme,
        rewards=service.reward_list(programme=programme, by=by)[:LATEST],
        latest=LATEST,
        contests=[each.contest for each in service.contest_list()],
        reads=visitor(request).has("triage"),
        error=error,
        me=by.id,
        **loading("triage.js"),
    )
