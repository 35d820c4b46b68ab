"""What is measured and written down of each request: never who sent it, what it named, or what it said."""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.requests import ClientDisconnect

from kept.surfaces.guard.meters import Meters

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("kept.web")
NUMBER = "kept.request"
"""Where the number of a request stands in its scope."""
_FRAMES = 8
_NUMBER_BYTES = 8


class Watched:
    """Gives each request a number, measures it under its route's template, and answers 500 to what was unforeseen."""

    def __init__(self, inner: ASGIApp, meters: Meters, routes: Sequence[BaseRoute]) -> None:
        self._inner = inner
        self._meters = meters
        # A room's own routes don't know under which path the room stands.
        self._paths = {id(each.original_route): each.path for each in iter_route_contexts(routes) if each.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        number, begun, status = os.urandom(_NUMBER_BYTES).hex(), time.perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", number.encode())]}
            await send(message)

        scope[NUMBER] = number
        self._meters.begun()
        try:
            await self._inner(scope, receive, told)
        except ClientDisconnect:
            status = status or 499
        # Whatever it is, it is written down, and the next request is answered.
        except Exception as error:  # noqa: BLE001
            LOG.error("unforeseen", extra={"told": {"request": number, "route": self._route(scope), **_cause(error)}})
            if not status:
                await sorry(number)(scope, receive, told)
        finally:
            self._ended(scope, number, status, time.perf_counter() - begun)

    def _ended(self, scope: Scope, number: str, status: int, seconds: float) -> None:
        route = self._route(scope)
        self._meters.ended(scope["method"], route, status, seconds)
        if LOG.isEnabledFor(logging.INFO):
            told = {"request": number, "method": scope["method"], "route": route, "status": status}
            LOG.info("answered", extra={"told": {**told, "ms": round(seconds * 1000, 1)}})

    def _route(self, scope: Scope) -> str:
        """The template of the route, as "/red-team/external/sessions/{session}": it has no names and no numbers."""
        return self._paths.get(id(scope.get("route")), "none")


def _cause(error: Exception) -> dict[str, Any]:
    """What went wrong and where; its message could repeat what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {"error": type(error).__name__, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def sorry(number: str) -> JSONResponse:
    """What whoever asked is told of what was unforeseen: by which number the operator finds it."""
    return JSONResponse(
        {"code": "web.unforeseen", "message": "Something went wrong here.", "hint": f"Tell the operator: {number}."},
        500,
    )
