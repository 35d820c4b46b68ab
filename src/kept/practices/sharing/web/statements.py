"""What is stated in public of sharing: that the channel is open, and how much went out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.interface.portal import Fields, do, form
from kept.practices.sharing.web.frame import shown, staff

if TYPE_CHECKING:
    from kept.core.ledger import Receipt
    from kept.practices.sharing.service import Service


def add_statements(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/statements`."""

    @routes.get("/statements", include_in_schema=False)
    def statements(request: Request) -> HTMLResponse:
        staff(request)
        return _page(request)

    @routes.post("/statements/{what}", include_in_schema=False)
    async def record(request: Request, what: str) -> HTMLResponse:
        by, given = staff(request), await form(request)
        try:
            receipt: Receipt = await do(lambda: _recorded(service(), what, given, by))
        except KeptError as error:
            return _page(request, error=error, given=given)
        return _page(request, entry=receipt.index)


def _recorded(service: Service, what: str, given: Fields, by: Actor) -> object:
    if what == "channel":
        return service.channel_check(by=by)
    if what == "release":
        return service.release_record(given.get("since", ""), given.get("until", ""), by=by)
    raise NotFound("There is no such statement.", code="statement.kind")


def _page(
    request: Request,
    *,
    entry: int | None = None,
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    return shown(request, "statements.html.j2", here="statements", error=error, entry=entry, given=given or {})
