"""`/.well-known/security.txt` (RFC 9116): where to report, and how; it isn't signed, and stands under HTTPS alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """The file, at the path it is mounted under."""
    routes = APIRouter()

    @routes.get(
        "",
        response_class=PlainTextResponse,
        responses={
            404: {"description": "No programme takes reports"},
            503: {"description": "No public address is set"},
        },
    )
    def security_txt() -> PlainTextResponse:
        """Where to report a weakness, as RFC 9116 has it."""
        # Section 3: text/plain, in UTF-8.
        return PlainTextResponse(service().security_txt(), headers={"Cache-Control": "max-age=86400"})

    return routes
