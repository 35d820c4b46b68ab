"""How every error is answered: as a page for people, as JSON for programs, and said beforehand in the OpenAPI."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from kept.errors import Invalid, KeptError, NotFound
from kept.interface.pages import refusal, status_of, waiting
from kept.interface.portal import SignInError, page
from kept.interface.portal.visiting import MUST_CHANGE, PLACE
from kept.interface.portal.words import FRAME
from kept.surfaces.guard.watched import NUMBER, sorry
from kept.surfaces.portal.signing_in import PASSWORD

NOTHING = "web.nothing"
"""The code of an address that leads nowhere."""


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
    absent = isinstance(error, NotFound)
    # The page says in the reader's language what there is to say of an address that leads nowhere.
    told: dict[str, Any] = {"message": "" if error.code == NOTHING else error.message, "hint": error.hint}
    return page(request, FRAME, "error.html.j2", status=status_of(error), headers=waiting(error), absent=absent, **told)


def _sign_in(request: Request, error: SignInError) -> str:
    if error.code == MUST_CHANGE:
        return PASSWORD
    if request.method != "GET":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query, safe='/')}"


async def _malformed(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refusal(Invalid(f"{place}: {first['msg']}.", code="web.request"))


async def _unknown(request: Request, error: Exception) -> Response:
    """A path that leads nowhere: a page for people, and JSON for programs; or a method that it doesn't have."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return await _refused(request, NotFound("Nothing is here.", code=NOTHING))
    told = {"code": f"web.{error.status_code}", "message": f"{HTTPStatus(error.status_code).phrase}.", "hint": ""}
    return JSONResponse(told, error.status_code, headers=error.headers)


async def _unforeseen(request: Request, _: Exception) -> Response:
    # It is raised again once this is sent, and written down by whoever watches.
    return sorry(request.scope.get(NUMBER, ""))


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and PLACE in request.scope
