"""The room over HTTP: the check page, its interface for programs, and the Soft Binding Resolution API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from kept.errors import KeptError
from kept.interface.pages import refusal
from kept.practices.provenance.web.answer import PublicVerdict
from kept.practices.provenance.web.checking import REFUSALS, UPLOAD, Checker
from kept.practices.provenance.web.desk import Desk
from kept.practices.provenance.web.page import PRIVATE, add_page
from kept.practices.provenance.web.resolution import add_resolution

if TYPE_CHECKING:
    from kept.practices.provenance.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the check page and `/check` the same for programs; `/matches`, `/manifests` and `/services` are C2PA's.

    All checks of a caller come out of one allowance.
    """
    routes = APIRouter()
    desk = Desk(time.monotonic, lambda: service().uploads)
    checker = Checker(service, desk)
    add_page(routes, checker)
    add_resolution(routes, service, desk)

    @routes.post("/check", response_model=PublicVerdict, responses=REFUSALS, openapi_extra=UPLOAD)
    async def check(request: Request, lang: str = "") -> JSONResponse:
        """Tells whether a picture, a sound or a video was made here; what is uploaded is not kept.

        The file is the body, or the field `file` of a form; what it is is told from its bytes. The answer is coarse:
        no score, no geometry and no likeness, and the p-value in bands, so that it helps nobody to remove a mark bit by
        bit. Each caller has an allowance of checks, ten at once and one more every six seconds unless kept.toml says
        otherwise.
        """
        try:
            verdict = await checker.check(request)
        except KeptError as error:
            return refusal(error, headers=PRIVATE)
        return JSONResponse(verdict.model_dump(), headers=PRIVATE)

    return routes
