"""Replays of what partners shared: begun from a page, and each answered with its sighting or kept with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import Conflict, KeptError, NotFound
from kept.interface.portal import Fields, form, whole
from kept.practices.sharing.web.frame import ROOT, acted, shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/replays"


class Rounds:
    """The round of replays that is going on here, if one is: it takes minutes, and no request waits for it.

    A round that the server's end cuts off is made up by the next, which repeats no attempt.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self.failed: KeptError | None = None

    @property
    def is_going_on(self) -> bool:
        """Whether one is."""
        return self._task is not None and not self._task.done()

    def begin(self, service: Service, by: Actor) -> None:
        """Begin one. Raises Conflict while another is going on."""
        if self.is_going_on:
            raise Conflict("A round of replays is going on.", code="replay.going-on", hint="Look again in a moment.")
        self.failed = None
        self._task = asyncio.create_task(asyncio.to_thread(self._run, service, by))

    def _run(self, service: Service, by: Actor) -> None:
        try:
            whole(lambda: service.replay(by=by))
        except KeptError as error:
            self.failed = error


def add_replays(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/replays`, and what is decided of each."""
    rounds = Rounds()

    @routes.get("/replays", include_in_schema=False)
    def replays(request: Request) -> HTMLResponse:
        return _replays(request, service(), rounds, by=staff(request))

    @routes.post("/replays", include_in_schema=False)
    async def begin(request: Request) -> Response:
        by = staff(request)
        await form(request)
        try:
            rounds.begin(service(), by)
        except KeptError as error:
            return await run_in_threadpool(_replays, request, service(), rounds, by=by, error=error)
        return RedirectResponse(HOME, 303)

    @routes.post("/replays/{replay}/{action}", include_in_schema=False)
    async def decide(request: Request, replay: str, action: str) -> Response:
        by, given = staff(request), await form(request)
        typed = {"replay": replay, **given}
        return await acted(
            lambda: _decided(service(), replay, action, given, by),
            again=lambda error: _replays(request, service(), rounds, by=by, error=error, given=typed),
            to=f"{HOME}#{replay}",
        )


def _decided(service: Service, replay: str, action: str, given: Fields, by: Actor) -> object:
    if action == "send":
        return service.sightings_send(replay, by=by)
    if action == "withhold":
        return service.sightings_withhold(replay, reason=given.get("reason", "").strip(), by=by)
    raise NotFound("There is no such action.", code="replay.action")


def _replays(
    request: Request,
    service: Service,
    rounds: Rounds,
    *,
    by: Actor,
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    return shown(
        request,
        "replays.html.j2",
        here="replays",
        error=error,
        failed=rounds.failed,
        replays=service.replays(by=by),
        told={each.replay: each for each in service.sightings_list(by=by)},
        going_on=rounds.is_going_on,
        given=given or {},
        live=True,
    )
