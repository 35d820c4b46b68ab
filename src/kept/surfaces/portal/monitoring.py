"""What machines ask of the server: whether it lives, whether it can serve, and its meters."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool

from kept.core.accounts import ADMIN
from kept.errors import KeptError
from kept.interface.pages import is_here
from kept.interface.portal import signed_in
from kept.surfaces.guard.meters import MEDIA_TYPE, Meters

if TYPE_CHECKING:
    from kept.core.accounts import Accounts

METRICS = "metrics"
"""The role that may read the meters and do nothing else."""
_NOW = {"Cache-Control": "no-store"}
_UNHEARD = "some of what is due reaches nobody: kept notify list --failed\n"


def router(
    accounts: Callable[[], Accounts],
    meters: Meters,
    *,
    is_local: bool,
    unheard: Callable[[], int] = int,
    is_stopping: Callable[[], bool],
) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`; the meters are for staff, for their keys, and where the portal `is_local`
    for whoever is on this machine. `unheard` counts what is due and reached nobody."""
    routes = APIRouter(tags=["monitoring"])

    @routes.get("/healthz", response_class=PlainTextResponse)
    async def health() -> PlainTextResponse:
        """Says that the server answers."""
        return PlainTextResponse("ok\n", headers=_NOW)

    @routes.get("/readyz", response_class=PlainTextResponse, responses={503: {"description": "Not now"}})
    async def ready() -> PlainTextResponse:
        """Says whether it can serve: its store answers, and it isn't stopping."""
        if is_stopping():
            return PlainTextResponse("stopping\n", 503, headers=_NOW)
        try:
            await run_in_threadpool(lambda: accounts().is_empty())
            lost = await run_in_threadpool(unheard)
        except KeptError:
            return PlainTextResponse("the store doesn't answer\n", 503, headers=_NOW)
        # It serves all the same: no other server would reach them either.
        return PlainTextResponse(f"ok\n{_UNHEARD if lost else ''}", headers=_NOW)

    @routes.get("/metrics", response_class=PlainTextResponse, responses={401: {"description": "Nobody signed in"}})
    async def metrics(request: Request) -> Response:
        """The meters, in the text format of Prometheus: for a key of an account with the role metrics or admin."""
        if not (is_local and request.client and is_here(request.client.host)):
            signed_in(request, ADMIN, METRICS)
        try:
            meters.unheard(await run_in_threadpool(unheard))
        except KeptError:
            # The store doesn't answer, so that nobody knows; the other meters are read all the same.
            meters.unheard(nan)
        return Response(meters.shown(), media_type=MEDIA_TYPE, headers=_NOW)

    return routes
