"""The desk: what waits for somebody, each thing with the way to its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from kept.practices.sharing.web.frame import shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def add_desk(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/`."""

    @routes.get("/", include_in_schema=False)
    def desk(request: Request) -> HTMLResponse:
        by = staff(request)
        return shown(request, "desk.html.j2", here="desk", waiting=service().waiting(by=by))
