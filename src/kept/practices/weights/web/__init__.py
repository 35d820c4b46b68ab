"""The watch page: what is read of the weights and what is alarming, for whoever came in by a link of the command line.

It is shown over HTTPS or on the machine itself, and nowhere else: a session that crosses a network in the clear would
let anybody on the way watch too. It speaks the reader's language; an alarm that a computation words is in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kept.errors import KeptError
from kept.interface.pages import LANGUAGE_COOKIE, check_private, direction, language, status_of, templates
from kept.interface.portal.visiting import SETTLED
from kept.interface.portal.words import LANGUAGES, languages, words
from kept.interface.portal.writing import moment, number
from kept.practices.weights.methods.insiders import rules
from kept.practices.weights.web.static_files import FOREVER, TYPES, address, asset

if TYPE_CHECKING:
    from kept.practices.weights.service import Service

COOKIE = "kept-watch"
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
NOBODY = "watch.nobody"
HERE = "kept.practices.weights.web"
RULES: Mapping[str, str] = {rules.words(rule): rule.replace(" ", "_") for rule in rules.RULES}
"""By the words with which an alarm was kept, the rule that was broken."""
_YEAR = 365 * 86_400


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the page, `/enter` takes a link and gives a session."""
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        try:
            check_private(request)
            view = service().watch_view(request.cookies.get(COOKIE, ""))
        except KeptError as error:
            return _refused(request, error)
        return _page(request, "watch.html.j2", settled=True, view=view, rules=RULES)

    @routes.get("/enter", include_in_schema=False)
    def enter(request: Request, link: str = "") -> Response:
        try:
            check_private(request)
            session, seconds = service().watch_enter(link)
        except KeptError as error:
            return _refused(request, error)
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


def _refused(request: Request, error: KeptError) -> HTMLResponse:
    is_nobody = error.code == NOBODY
    status = 401 if is_nobody else status_of(error)
    return _page(request, "refused.html.j2", status=status, settled=is_nobody, error=error)


def _page(request: Request, name: str, *, status: int = 200, settled: bool, **values: object) -> HTMLResponse:
    request.scope[SETTLED] = settled
    tag = language(request, languages(HERE))
    made = (
        templates(HERE)
        .get_template(name)
        .render(
            t=words(tag, HERE),
            language=tag,
            languages={each: LANGUAGES[each] for each in languages(HERE)},
            direction=direction(tag),
            static=address,
            moment=partial(moment, tag),
            number=partial(number, tag),
            **values,
        )
    )
    answer = HTMLResponse(made, status, headers=PRIVATE)
    if request.query_params.get("lang") == tag:
        answer.set_cookie(LANGUAGE_COOKIE, tag, max_age=_YEAR, path="/", httponly=True, samesite="lax")
    return answer
