"""The page on which a triager reads a sealed report: it is fetched sealed, and opened in their browser alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from kept.interface.portal import form, page, signed_in
from kept.practices.disclosure.web.addresses import loading, scripts

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.reading"
ROLE = "triage"
CASE = Path(pattern=r"^r-[0-9a-f]{16}$")


def add_reading(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/triage/{case}/read`; POST `/triage/{case}/fetch` and `…/messages` answer what is sealed, as it is kept."""

    @routes.get("/triage/{case}/read", include_in_schema=False)
    def read(request: Request, case: str = CASE) -> HTMLResponse:
        by = signed_in(request, ROLE)
        told: dict[str, Any] = {"sealed": service().show(case, by=by), "case": service().triage_show(case, by=by)}
        told |= loading("reading.js", live=False)
        return page(request, PACKAGE, "read.html.j2", settled=True, asset=scripts(), **told)

    @routes.post("/triage/{case}/fetch", include_in_schema=False)
    async def fetch(request: Request, case: str = CASE) -> Response:
        by = signed_in(request, ROLE)
        await form(request)
        sealed = await run_in_threadpool(lambda: service().fetch(case, by=by))
        named = {"Content-Disposition": f'attachment; filename="{case}.age"', "Cache-Control": "no-store"}
        return Response(sealed, media_type="application/octet-stream", headers=named)

    @routes.post("/triage/{case}/messages", include_in_schema=False)
    async def messages(request: Request, case: str = CASE) -> Response:
        by = signed_in(request, ROLE)
        await form(request)
        found = await run_in_threadpool(lambda: service().messages(case, by=by))
        told = [
            {"author": each.author, "at": each.at, "content": base64.b64encode(each.content).decode()} for each in found
        ]
        return JSONResponse({"messages": told}, headers={"Cache-Control": "no-store"})
