"""Threads over HTTP: opened by what follows from a receipt code, then by a token that no page of others can send."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from kept.errors import Denied, Invalid
from kept.interface.allowance import Allowance
from kept.interface.bodies import declared, read_json
from kept.interface.pages import TooOftenError
from kept.interface.portal import check_form, form, page
from kept.practices.disclosure.web.addresses import PACKAGE, texts
from kept.practices.disclosure.web.programmes import MISSING
from kept.practices.disclosure.web.steps import PublicStep, step, step_words
from kept.practices.disclosure.web.uploads import Desk

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Thread
    from kept.practices.disclosure.records.triage import Progress
    from kept.practices.disclosure.service import Service

ATTEMPTS, ATTEMPTS_A_SECOND = 10, 0.2
EVERYBODY, EVERYBODY_A_SECOND = 60, 5.0
"""How often receipts are tried, by one caller and by all: each attempt takes 50 ms of a core."""
ENTERING, REPLACING = 4096, 128 * 1024
"""How many bytes is said in, at most, to open a thread, and to replace its receipt."""
REFUSALS: dict[int | str, dict[str, Any]] = {
    **{each: MISSING[each] for each in (400, 429, 503)},
    403: {"description": "It opens no thread"},
}
SAID: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    413: {"description": "The body is too large"},
    415: {"description": "The body isn't JSON"},
}
WRITTEN: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    409: {"description": "The thread is full, or the id or code was used otherwise"},
    413: {"description": "The message is too large"},
}
_HANDLE, _SECRET = Field(pattern=r"^[0-9a-f]{32}$"), Field(pattern=r"^[0-9a-f]{64}$")
_SEALED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Bearer = Annotated[str, Header(alias="authorization", description="Bearer and the token of a session")]


class Entering(BaseModel):
    """What follows from a receipt code."""

    handle: str = _HANDLE
    secret: str = _SECRET


class Replacing(Entering):
    """What follows from a new code, and the old identities sealed to it (base64), so that it reads older replies."""

    recipient: str = Field(max_length=80)
    sealed_keys: str = Field(default="", max_length=65536)


class Token(BaseModel):
    """A session: what opens the thread for a while."""

    token: str
    seconds: int


class PublicMessage(BaseModel):
    """A sealed message; `content` is an age file in base64."""

    number: int
    author: str
    at: str
    content: str


class PublicEvent(BaseModel):
    """Something that was done with the receipt."""

    at: str
    event: str


class PublicThread(BaseModel):
    """A thread, as its reporter sees it."""

    report: str
    programme: str
    version: int
    received: str
    state: str = Field(description="How the report stands, in one of the states of its case.")
    words: str = Field(description="The same in a sentence.")
    severity: str = Field(description="How grave the team finds it; empty before it said.")
    happened: list[PublicStep]
    messages: list[PublicMessage]
    events: list[PublicEvent]


def add_threads(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """The page at `/thread`, its interface below it, and the same by forms for whoever has no JavaScript."""
    door = Door(service)
    _add_interface(routes, service, desk, door)

    @routes.get("/thread", include_in_schema=False)
    def thread_page(request: Request) -> HTMLResponse:
        told = texts(thread=None, access="", **step_words(request))
        return page(request, PACKAGE, "thread.html.j2", settled=True, scripts=("thread.js",), **told)

    @routes.post("/thread", include_in_schema=False)
    async def opened(request: Request) -> HTMLResponse:
        access, thread = await _by_form(request)
        return await run_in_threadpool(_page, request, service(), thread, access)

    @routes.post("/thread/upload", include_in_schema=False)
    async def upload(request: Request) -> HTMLResponse:
        async with desk.form(request, file="message", limit=service().settings.message_bytes) as (fields, sealed):
            check_form(request, fields.get("csrf", ""))
            access = fields.get("access", "").strip()
            token = await door.token(request, access)
            # The same file sent twice is one message.
            submission = hashlib.sha256(access.encode() + sealed).hexdigest()[:32]
            await run_in_threadpool(lambda: service().thread_write(token, sealed, submission=submission))
        thread = await run_in_threadpool(lambda: service().thread_read(token))
        return await run_in_threadpool(_page, request, service(), thread, access)

    @routes.post("/thread/download", include_in_schema=False)
    async def download(request: Request) -> Response:
        fields = await form(request)
        thread = await door.read(request, fields.get("access", ""))
        found = [each for each in thread.messages if str(each.number) == fields.get("number", "")]
        if not found:
            raise Invalid("There is no such message.", code="message.missing", hint="Open the thread again.")
        name = f"reply-{found[0].number}.age"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(found[0].content, media_type="application/octet-stream", headers=headers)

    async def _by_form(request: Request) -> tuple[str, Thread]:
        fields = await form(request)
        access = fields.get("access", "").strip()
        return access, await door.read(request, access)


class Door:
    """Tries receipts, a few at a time for each caller and for all together."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._each = Allowance(time.monotonic, rate=ATTEMPTS_A_SECOND, burst=ATTEMPTS)
        self._all = Allowance(time.monotonic, rate=EVERYBODY_A_SECOND, burst=EVERYBODY)

    async def enter(self, request: Request, handle: str, secret: str) -> Token:
        """A session for a receipt. Raises Denied, or TooOftenError."""
        caller = request.client.host if request.client else ""
        wait = self._each.take(caller) or self._all.take("")
        if wait:
            raise TooOftenError("Too many attempts.", seconds=wait, code="receipt.often", hint="Wait, then try again.")
        session = await run_in_threadpool(lambda: self._service().thread_enter(handle, secret))
        return Token(token=session.token, seconds=session.seconds)

    async def token(self, request: Request, access: str) -> str:
        """What opens a thread for a while, for handle and secret with a point between. Raises as `enter` does."""
        handle, _, secret = access.partition(".")
        return (await self.enter(request, handle, secret)).token

    async def read(self, request: Request, access: str) -> Thread:
        """The thread that a receipt opens. Raises as `enter` does."""
        token = await self.token(request, access)
        return await run_in_threadpool(lambda: self._service().thread_read(token))


def _add_interface(routes: APIRouter, service: Callable[[], Service], desk: Desk, door: Door) -> None:
    @routes.post("/thread/enter", responses=SAID, openapi_extra=declared(Entering))
    async def enter(request: Request) -> Token:
        """Opens a thread for an hour by what follows from its receipt code; the code itself is never sent."""
        entering = await read_json(request, Entering, limit=ENTERING)
        return await door.enter(request, entering.handle, entering.secret)

    @routes.get("/thread/messages", responses=REFUSALS)
    def messages(authorization: Bearer = "") -> PublicThread:
        """The thread of a session, with its sealed messages and what was done with its receipt."""
        thread = service().thread_read(_token(authorization))
        return _told(thread, service().triage_progress(thread.report))

    @routes.post("/thread/messages", status_code=201, responses=WRITTEN, openapi_extra=_SEALED)
    async def write(
        request: Request, submission: str = Query(pattern=r"^[0-9a-f]{32}$"), authorization: Bearer = ""
    ) -> PublicMessage:
        """Adds a message that was sealed to the keys of `/recipients` and to the reporter's own."""
        token = _token(authorization)
        async with desk.content(request, limit=service().settings.message_bytes) as sealed:
            made = await run_in_threadpool(lambda: service().thread_write(token, sealed, submission=submission))
        return PublicMessage(**{**asdict(made), "content": base64.b64encode(made.content).decode()})

    @routes.post("/thread/replace", responses={**SAID, 409: WRITTEN[409]}, openapi_extra=declared(Replacing))
    async def replace(request: Request, authorization: Bearer = "") -> Token:
        """Puts a new receipt in the place of the old one, which opens nothing from then on."""
        token, replacing = _token(authorization), await read_json(request, Replacing, limit=REPLACING)
        sealed = _bytes(replacing.sealed_keys)
        told = {"handle": replacing.handle, "secret": replacing.secret, "recipient": replacing.recipient}
        session = await run_in_threadpool(lambda: service().thread_replace(token, **told, sealed_keys=sealed))
        return Token(token=session.token, seconds=session.seconds)

    @routes.post("/thread/close", status_code=204, responses={**REFUSALS, 404: {"description": "It was closed"}})
    def close(authorization: Bearer = "") -> None:
        """Closes the thread for good; the report goes on."""
        service().thread_close(_token(authorization))


def _page(request: Request, service: Service, thread: Thread, access: str) -> HTMLResponse:
    """The thread for whoever has no JavaScript."""
    progress = service.triage_progress(thread.report)
    happened = [step(each) for each in progress.events]
    told = texts(thread=thread, access=access, progress=progress, happened=happened, **step_words(request))
    return page(request, PACKAGE, "thread.html.j2", **told)


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Denied("This opens no thread.", code="receipt.refused", hint="Send the token of a session.")
    return token


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("sealed_keys is no base64.", code="receipt.keys") from error


def _told(thread: Thread, progress: Progress) -> PublicThread:
    return PublicThread(
        report=thread.report,
        programme=thread.programme,
        version=thread.version,
        received=thread.received,
        state=progress.state,
        words=progress.words,
        severity=progress.severity,
        happened=[step(each) for each in progress.events],
        messages=[
            PublicMessage(**{**asdict(each), "content": base64.b64encode(each.content).decode()})
            for each in thread.messages
        ],
        events=[PublicEvent(at=each.at, event=each.event) for each in thread.events],
    )
