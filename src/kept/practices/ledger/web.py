"""The public side of the ledger room: the log's static files, and a witness for other logs (C2SP tlog-witness)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from kept.core.tiles import parse_path
from kept.core.witness import REQUEST_LIMIT, StaleSize
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified

if TYPE_CHECKING:
    from kept.practices.ledger.service import Service

STATUS: dict[type[KeptError], int] = {
    Invalid: 400,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    Unverified: 422,
    Unavailable: 503,
}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BRIEFLY = {"Cache-Control": "public, max-age=5"}


def router(service: Callable[[], Service]) -> APIRouter:
    """`/add-checkpoint` for logs that are witnessed here; `/checkpoint` and `/tile/…` of this log for everyone."""
    routes = APIRouter()

    @routes.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        body = await _bounded(request)
        if body is None:
            return Response(f"At most {REQUEST_LIMIT} bytes are read.\n", 413, media_type="text/plain")
        try:
            witness = await run_in_threadpool(lambda: service().witness_serve())
        except KeptError:
            # The witness's own trouble must not look like a verdict on the log.
            return Response("The witness can't sign now.\n", 503, media_type="text/plain; charset=utf-8")
        try:
            lines = await run_in_threadpool(witness.add_checkpoint, body)
        except StaleSize as error:
            return Response(f"{error.size}\n", 409, headers={"Content-Type": "text/x.tlog.size"})
        except KeptError as error:
            return _refusal(error)
        return Response(lines, media_type="text/plain; charset=utf-8")

    @routes.get("/checkpoint")
    def checkpoint() -> Response:
        try:
            return Response(service().signed_note, headers=BRIEFLY, media_type="text/plain; charset=utf-8")
        except KeptError as error:
            return _refusal(error)

    @routes.get("/tile/{path:path}")
    def tile(path: str) -> Response:
        try:
            parse_path(f"tile/{path}")
            content = service().published(f"tile/{path}")
        except KeptError as error:
            return _refusal(error)
        return Response(content, headers=FOREVER, media_type="application/octet-stream")

    return routes


async def _bounded(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > REQUEST_LIMIT:
            return None
    return body


def _refusal(error: KeptError) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    # A missing file is said to be missing without the folder it is missing from.
    message = "There is no such file." if error.code == "tiles.missing" else error.message
    return Response(f"{message}\n", status, media_type="text/plain; charset=utf-8")
