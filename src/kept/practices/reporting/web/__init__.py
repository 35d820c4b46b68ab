"""The published report over HTTP, byte for byte as it was built, so that it verifies where it is read."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from kept.errors import NotFound
from kept.interface.portal import page
from kept.practices.reporting.records import OUTCOMES, PAGE

if TYPE_CHECKING:
    from kept.practices.reporting.service import Service

PACKAGE = "kept.practices.reporting.web"
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown; charset=utf-8",
    ".pdf": "application/pdf",
}
BRIEFLY = {"Cache-Control": "public, max-age=60"}
# The page carries its own policy, by the digests of its style and script; a browser applies this one beside it.
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]{1,2000})">')
_NOTHING = "default-src 'none'"


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the report's page, and beside it stand its files; where none is published, a page that says so."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def report(request: Request) -> Response:
        try:
            return _file(PAGE, service().shown(PAGE))
        except NotFound:
            return page(request, PACKAGE, "none.html.j2", public=True)

    @routes.get("/{name}")
    def file(name: str) -> Response:
        return _file(name, service().shown(name))

    @routes.get(f"/{OUTCOMES}/{{name}}")
    def outcomes(name: str) -> Response:
        return _file(name, service().shown(f"{OUTCOMES}/{name}"))

    return routes


def _file(name: str, content: bytes) -> Response:
    kind = TYPES.get(PurePath(name).suffix, "application/octet-stream")
    return Response(content, media_type=kind, headers={**BRIEFLY, "Content-Security-Policy": policy(content)})


def policy(content: bytes) -> str:
    """What a file of a report may do in a browser: what its own policy says and never more than that, or nothing."""
    told = _POLICY.search(content[:4096])
    own = html.unescape(told[1].decode("ascii", "replace")) if told else ""
    return f"{own if own.startswith(_NOTHING) and 'unsafe' not in own else _NOTHING}; frame-ancestors 'none'"
