"""The tester's workspace for programs: each request carries the invitation's token, and none names what isn't in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from kept.core import canonical
from kept.errors import Invalid, KeptError
from kept.interface.pages import body, refusal

if TYPE_CHECKING:
    from kept.practices.red_team.service import Service

BODY_LIMIT = 2 * 1024 * 1024
PRIVATE = {"Cache-Control": "no-store"}

Verb = Callable[[str], Awaitable[Any]]


def router(service: Callable[[], Service]) -> APIRouter:
    """`/external/sessions…`: start, show, say, offer, annotate, attach, finish; `Authorization: Bearer TOKEN`."""
    routes = APIRouter(prefix="/external/sessions")
    _add_talking(routes, service)
    _add_noting(routes, service)
    return routes


def _add_talking(routes: APIRouter, service: Callable[[], Service]) -> None:
    @routes.post("")
    async def start(request: Request) -> JSONResponse:
        async def verb(token: str) -> Any:
            told = await _members(request, required=("model", "domain"), optional=("strategy",))
            return await service().external_start(token, told.pop("model"), **told)

        return await _answer(request, verb, status=201)

    @routes.get("/{session}")
    async def show(request: Request, session: str) -> JSONResponse:
        async def verb(token: str) -> Any:
            return await run_in_threadpool(lambda: service().external_show(session, token=token))

        return await _answer(request, verb)

    @routes.post("/{session}/turns")
    async def say(request: Request, session: str) -> JSONResponse:
        async def verb(token: str) -> Any:
            told = await _members(request, required=("text",), optional=("reply_to",))
            return await service().external_say(token, session, told.pop("text"), **told)

        return await _answer(request, verb, status=201)

    @routes.put("/{session}/tools")
    async def offer(request: Request, session: str) -> JSONResponse:
        async def verb(token: str) -> Any:
            tools = canonical.decode(await _body(request), limit=BODY_LIMIT, what="The body")
            return await run_in_threadpool(lambda: service().external_offer(token, session, tools))

        return await _answer(request, verb)


def _add_noting(routes: APIRouter, service: Callable[[], Service]) -> None:
    @routes.put("/{session}/turns/{turn}/note")
    async def annotate(request: Request, session: str, turn: int) -> JSONResponse:
        async def verb(token: str) -> Any:
            told = await _members(request, required=("note",))
            return await run_in_threadpool(lambda: service().external_annotate(token, session, turn, told["note"]))

        return await _answer(request, verb)

    @routes.post("/{session}/evidence/{name}")
    async def attach(request: Request, session: str, name: str) -> JSONResponse:
        async def verb(token: str) -> Any:
            data, kind = await _body(request), request.headers.get("content-type", "").partition(";")[0].strip()
            room = service()
            return await run_in_threadpool(
                lambda: room.external_attach(token, session, data, name=name, media_type=kind)
            )

        return await _answer(request, verb, status=201)

    @routes.post("/{session}/finish")
    async def finish(request: Request, session: str) -> JSONResponse:
        async def verb(token: str) -> Any:
            told = await _members(request, required=("outcome",), optional=("note",))
            return await run_in_threadpool(
                lambda: service().external_finish(token, session, told["outcome"], note=told.get("note", ""))
            )

        return await _answer(request, verb)


async def _answer(request: Request, verb: Verb, *, status: int = 200) -> JSONResponse:
    """What the verb gives, or its error; without a valid token, 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        found = await verb(token if scheme.lower() == "bearer" else "")
    except KeptError as error:
        answer = refusal(error, headers=PRIVATE)
        if error.code == "external.token":
            answer.status_code = 401
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return JSONResponse(asdict(found), status, headers=PRIVATE)


async def _members(request: Request, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, str]:
    """The texts in the body, an object with these members. Raises Invalid."""
    document = canonical.decode(await _body(request), limit=BODY_LIMIT, what="The body")
    known = set(required) | set(optional)
    if not isinstance(document, dict) or not set(required) <= set(document) <= known:
        raise Invalid(f"The body has the members {', '.join((*required, *optional))}.", code="external.body")
    if not all(isinstance(value, str) for value in document.values()):
        raise Invalid("The members of the body are texts.", code="external.body")
    return document


async def _body(request: Request) -> bytes:
    return await body(request, limit=BODY_LIMIT, code="external.body")
