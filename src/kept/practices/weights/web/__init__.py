"""The watch page: what is read of the weights and what is alarming, for whoever came in by a link of the command line.

It is shown over HTTPS or on the machine itself, and nowhere else: a session that crosses a network in the clear would
let anybody on the way watch too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kept.errors import KeptError
from kept.interface.pages import check_private, status_of, templates
from kept.practices.weights.web.static_files import FOREVER, TYPES, address, asset

if TYPE_CHECKING:
    from kept.practices.weights.service import Service

COOKIE = "kept-watch"
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie"}
NOBODY = "watch.nobody"


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the page, `/enter` takes a link and gives a session."""
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        try:
            check_private(request)
            view = service().watch_view(request.cookies.get(COOKIE, ""))
        except KeptError as error:
            return _refused(error)
        return HTMLResponse(_rendered("watch.html.j2", view=view), headers=PRIVATE)

    @routes.get("/enter", include_in_schema=False)
    def enter(request: Request, link: str = "") -> Response:
        try:
            check_private(request)
            session, seconds = service().watch_enter(link)
        except KeptError as error:
            return _refused(error)
        answer = RedirectResponse("./", status_code=303, headers=PRIVATE)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, session, max_age=seconds, path="/weights/", httponly=True, samesite="strict", secure=secure
        )
        return answer

    @routes.get("/static/{digest}/{name}", include_in_schema=False)
    def static(digest: str, name: str) -> Response:
        data = asset(name, digest)
        return Response(data, media_type=TYPES[f".{name.rpartition('.')[2]}"], headers=FOREVER)

    return routes


def _refused(error: KeptError) -> HTMLResponse:
    status = 401 if error.code == NOBODY else status_of(error)
    return HTMLResponse(_rendered("refused.html.j2", error=error), status, headers=PRIVATE)


def _rendered(name: str, **values: object) -> str:
    return templates(__package__).get_template(name).render(static=address, **values)
