"""Static files of the frame and of the rooms."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter, Request, Response

from kept.errors import NotFound
from kept.interface.portal import asset
from kept.interface.portal.static_files import FOREVER


def router(packages: Collection[str]) -> APIRouter:
    """`/static/<digest>/<package>/<name>` of these packages and no others."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/static/{digest}/{package}/{name}")
    async def static(request: Request, digest: str, package: str, name: str) -> Response:
        if package not in packages:
            raise NotFound("There is no such file.", code="web.static")
        found = asset(package, name, digest)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, media_type=found.media_type, headers={**FOREVER, "Content-Encoding": "gzip"})
        return Response(found.content, media_type=found.media_type, headers=FOREVER)

    return routes
