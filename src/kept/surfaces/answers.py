"""How every error is answered: as a page for people, as JSON for programs, and said beforehand in the OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from kept.errors import Invalid, KeptError, NotFound
from kept.interface.pages import refusal, status_of, waiting
from kept.interface.portal import SignInError, page
from kept.interface.portal.pages import PRIVATE
from kept.interface.portal.visiting import MUST_CHANGE, PLACE, Visitor, asked_language
from kept.interface.portal.words import FRAME
from kept.interface.portal.words import refusal as spoken_of
from kept.surfaces.guard.watched import NUMBER, sorry
from kept.surfaces.portal.signing_in import PASSWORD

if TYPE_CHECKING:
    from starlette.types import Scope

NOTHING = "web.nothing"
"""The code of an address that leads nowhere."""

# What a page says in the reader's language of an error, as its words are called: by its code, else by its status.
_BY_CODE: Mapping[str, str] = {"accounts.role": "role", "form.foreign": "foreign", "web.clear": "in_clear"}
_BY_STATUS: Mapping[int, str] = {
    400: "malformed",
    403: "denied",
    404: "absent",
    409: "changed",
    413: "large",
    421: "elsewhere",
    422: "unproven",
    429: "often",
    500: "broken",
    503: "later",
}
_NOWHERE = "/-"
# Whoever asked for another host is told nothing of this one, and is led nowhere under a name that isn't ours.
_TEMPLATES: Mapping[int, str] = {421: "elsewhere.html.j2"}
# Of these there is nothing to add to what the page says.
_ALL_SAID = frozenset({NOTHING, "accounts.role", "form.foreign", "web.allowance", "web.clear", "web.host"})


class Refusal(BaseModel):
    """What was wrong, and what to do about it."""

    code: str
    message: str
    hint: str


# What any interface may answer instead of what it promises; some say it in plain text, as their standards want it.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": described, "content": {"text/plain": {"schema": {"type": "string"}}}}
    for status, described in (("4XX", "What was asked can't be answered"), ("5XX", "It can't be answered now"))
}
REFUSALS[422] = {**REFUSALS["4XX"], "description": "What was sent doesn't hold"}


def add_errors(application: FastAPI) -> None:
    """Let an application answer errors as every room's are answered."""
    application.add_exception_handler(KeptError, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _unknown)
    application.add_exception_handler(Exception, _unforeseen)


async def _refused(request: Request, error: Exception) -> Response:
    """An error as a page for people and as JSON for programs; whoever hasn't signed in is led there."""
    if not isinstance(error, KeptError):
        raise error
    if not _wants_page(request):
        return refusal(error)
    if isinstance(error, SignInError):
        return RedirectResponse(_sign_in(request, error), 303)
    return _told(request, error)


def _told(request: Request, error: KeptError) -> HTMLResponse:
    """An error as a page: in the reader's language what it comes to, as the room says it where it does.

    Else whatever is known of it stands beside that as it is, in English.
    """
    status = status_of(error)
    why = _BY_CODE.get(error.code) or _BY_STATUS.get(status, "")
    handler = getattr(request.scope.get("endpoint"), "__module__", "")
    own = spoken_of(asked_language(request), handler, error.code)
    known = ("", "") if own or error.code in _ALL_SAID else (error.message, error.hint)
    return _page(request, status, why, known, own=own, headers=waiting(error))


def _page(
    request: Request,
    status: int,
    why: str,
    known: tuple[str, str] = ("", ""),
    *,
    own: str = "",
    reference: str = "",
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    told: dict[str, Any] = {"why": why, "own": own, "message": known[0], "hint": known[1], "reference": reference}
    template = _TEMPLATES.get(status, "error.html.j2")
    return page(request, FRAME, template, status=status, headers=headers, **told)


class Strangers:
    """Answers whoever is refused before it is known who they are.

    The page for people is made once for each language, so that a flood costs no more than what programs are told.
    """

    def __init__(self, application: FastAPI) -> None:
        self._application = application
        self._made: dict[tuple[str, str], bytes] = {}

    def refused(self, scope: Scope, error: KeptError) -> Response:
        """The error as a page for people, and as JSON for programs."""
        known = Visitor(language=asked_language(Request(scope)))
        asked = {**scope, "app": self._application, PLACE: known}
        if not _wants_page(Request(asked)):
            return refusal(error)
        made = self._made.get((known.language, error.code))
        if made is None:
            # The same for every address and whatever was asked of it; a host that isn't ours may be no name at all.
            asking = {"method": "GET", "path": _NOWHERE, "query_string": f"lang={known.language}".encode()}
            alike = {**asking, "headers": []}
            made = bytes(_told(Request({**asked, **alike}), error).body)
            if error.code in _ALL_SAID:
                self._made[known.language, error.code] = made
        return HTMLResponse(made, status_of(error), headers={**PRIVATE, **waiting(error)})


def _sign_in(request: Request, error: SignInError) -> str:
    if error.code == MUST_CHANGE:
        return PASSWORD
    if request.method != "GET":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query, safe='/')}"


async def _malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return await _refused(request, Invalid(f"{place}: {first['msg']}.", code="web.request"))


async def _unknown(request: Request, error: Exception) -> Response:
    """A path that leads nowhere: a page for people, and JSON for programs; or a method that it doesn't have."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return await _refused(request, NotFound("Nothing is here.", code=NOTHING))
    said = f"{HTTPStatus(error.status_code).phrase}."
    headers = {"Allow": _methods(request)} if error.status_code == 405 else error.headers
    if _wants_page(request):
        return _page(request, error.status_code, "", (said, ""), headers=headers)
    told = {"code": f"web.{error.status_code}", "message": said, "hint": ""}
    return JSONResponse(told, error.status_code, headers=headers)


def _methods(request: Request) -> str:
    """Every method that an address has, in all the routes that lead there (RFC 9110, section 10.2.1)."""
    path = request.scope["path"]
    found = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path and _shape(route.path).match(path)
        for method in route.methods or ()
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


@lru_cache(maxsize=1024)
def _shape(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


async def _unforeseen(request: Request, _: Exception) -> Response:
    # It is raised again once this is sent, and written down by whoever watches; who also answers if this fails.
    number = request.scope.get(NUMBER, "")
    return _page(request, 500, "broken", reference=number) if _wants_page(request) else sorry(number)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and PLACE in request.scope
