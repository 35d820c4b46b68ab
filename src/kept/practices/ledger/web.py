"""The public side of the ledger room: the log's static files, and a witness for other logs (C2SP tlog-witness)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from kept.core.tiles import parse_path
from kept.core.witness import REQUEST_LIMIT, StaleSize
from kept.errors import KeptError
from kept.interface.pages import TooLargeError, body, status_of

if TYPE_CHECKING:
    from kept.practices.ledger.service import Service

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BRIEFLY = {"Cache-Control": "public, max-age=5"}


def router(service: Callable[[], Service]) -> APIRouter:
    """`/add-checkpoint` for logs that are witnessed here; `/checkpoint` and `/tile/…` of this log for everyone."""
    routes = APIRouter()

    @routes.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        try:
            asked = await body(request, limit=REQUEST_LIMIT)
        except TooLargeError as error:
            return _refusal(error)
        try:
            witness = await run_in_threadpool(lambda: service().witness_serve())
        except KeptError:
            # The witness's own trouble must not look like a verdict on the log.
            return Response("The witness can't sign now.\n", 503, media_type="text/plain; charset=utf-8")
        try:
            lines = await run_in_threadpool(witness.add_checkpoint, asked)
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


def _refusal(error: KeptError) -> Response:
    # A missing file is said to be missing without the folder it is missing from.
    message = "There is no such file." if error.code == "tiles.missing" else error.message
    return Response(f"{message}\n", status_of(error), media_type="text/plain; charset=utf-8")
