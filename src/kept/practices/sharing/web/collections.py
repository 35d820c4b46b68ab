"""Collections: those that are served here and those that are mirrored, and a new one by a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from kept.core.actor import Actor
from kept.errors import KeptError
from kept.interface.portal import Fields, form
from kept.practices.sharing.records import Collection, checked_tlp
from kept.practices.sharing.web.frame import ROOT, acted, shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/collections"


def add_collections(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/collections`."""

    @routes.get("/collections", include_in_schema=False)
    def collections(request: Request) -> HTMLResponse:
        staff(request)
        return _collections(request, service())

    @routes.post("/collections", include_in_schema=False)
    async def add(request: Request) -> Response:
        by, given = staff(request), await form(request)
        return await acted(
            lambda: _added(service(), given, by),
            again=lambda error: _collections(request, service(), error, given),
            to=HOME,
        )


def _added(service: Service, given: Fields, by: Actor) -> object:
    made = Collection(
        given.get("title", "").strip(),
        given.get("community", "").strip(),
        given.get("description", "").strip(),
        checked_tlp(given.get("tlp", "")),
        "members" if given.get("amber") == "members" else "named",
        given.get("released") == "yes",
    )
    return service.collections_add(made, by=by)


def _collections(
    request: Request, service: Service, error: KeptError | None = None, given: Mapping[str, str] | None = None
) -> HTMLResponse:
    return shown(
        request,
        "collections.html.j2",
        here="collections",
        error=error,
        collections=service.collections_list(),
        given=given or {},
    )
