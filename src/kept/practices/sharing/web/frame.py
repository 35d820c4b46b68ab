"""What every page of the room shares: who may open it, where the others stand, and how something is done from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import Invalid, KeptError
from kept.interface.harmless import harmless
from kept.interface.pages import status_of
from kept.interface.portal import do, page, signed_in
from kept.practices.sharing.records import LEVELS
from kept.practices.sharing.web.clocks import left

PACKAGE = "kept.practices.sharing.web"
ROOT = "/sharing"
ROLES = ("share", "admin")
"""Whose accounts may open these pages; what each verb asks for is asked again by the verb."""
PARTS: Mapping[str, str] = {
    "desk": "/",
    "notices": "/notices",
    "objects": "/objects",
    "replays": "/replays",
    "groups": "/groups",
    "peers": "/peers",
    "collections": "/collections",
    "match": "/match",
    "statements": "/statements",
}


def staff(request: Request) -> Actor:
    """Who acts. Raises SignInError or Denied."""
    return signed_in(request, *ROLES)


def shown(
    request: Request, template: str, *, here: str, error: KeptError | None = None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the room that belongs to the part `here`; an error is told above what it shows."""
    return page(
        request,
        PACKAGE,
        template,
        status=status_of(error) if error else status,
        settled=True,
        styles=("sharing.css",),
        root=ROOT,
        parts_of=PARTS,
        here=here,
        error=error,
        left=left,
        plain=partial(harmless, keep="\n"),
        levels=LEVELS,
        **values,
    )


async def acted(action: Callable[[], Any], *, again: Callable[[KeptError], Response], to: str) -> Response:
    """Do it, then lead on; or show the page again, with what was wrong."""
    try:
        await do(action)
    except KeptError as error:
        return await run_in_threadpool(again, error)
    return RedirectResponse(to, 303)


def number(text: str, name: str) -> int:
    """A whole number of a form or an address. Raises Invalid."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid(f"The field {name} is no whole number.", code="form.number")
    return int(text)


def lines(text: str) -> tuple[str, ...]:
    """The lines of a field that say something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
