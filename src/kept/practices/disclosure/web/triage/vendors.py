"""The page of a vendor: a token typed into a form opens it; no address ever holds one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from kept.errors import KeptError
from kept.interface.pages import status_of
from kept.interface.portal import Fields, form, page
from kept.practices.disclosure.records.vendors import STATUSES, VendorView

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.triage"


def add_vendors(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/vendor`: the token comes with every form, and in no address, cookie or list of pages seen."""

    @routes.get("/vendor", include_in_schema=False)
    def asked(request: Request) -> HTMLResponse:
        return _shown(request)

    @routes.post("/vendor", include_in_schema=False)
    async def opened(request: Request) -> HTMLResponse:
        given = await form(request)
        return await run_in_threadpool(_answered, request, service(), given)


def _answered(request: Request, service: Service, given: Fields) -> HTMLResponse:
    token = given.get("token", "").strip()
    view: VendorView | None = None
    try:
        view = service.vendor_view(token)
        if given.get("do") == "accept":
            view = service.vendor_accept(token)
        elif given.get("do") == "say":
            view = service.vendor_say(token, status=given.get("status", ""), statement=given.get("statement", ""))
    except KeptError as error:
        return _shown(request, token=token if view else "", view=view, error=error)
    return _shown(request, token=token, view=view)


def _shown(
    request: Request, *, token: str = "", view: VendorView | None = None, error: KeptError | None = None
) -> HTMLResponse:
    status = status_of(error) if error else 200
    return page(
        request,
        PACKAGE,
        "vendor.html.j2",
        status=status,
        settled=True,
        token=token,
        view=view,
        statuses=STATUSES,
        error=error,
    )
