"""The tester's workspace in a browser: the same verbs as for programs, by plain forms, with and without JavaScript.

Who signs in by the invitation's token keeps it in a cookie that no script reads and only these pages get; it never
stands in an address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.errors import Denied, Invalid, KeptError
from kept.interface import multipart
from kept.interface.pages import body, check_private, status_of
from kept.interface.portal import check_form, form, page
from kept.practices.red_team.web import token as tokens
from kept.practices.red_team.web.view import Talk, evidence_type, offered, plain

if TYPE_CHECKING:
    from kept.practices.red_team.records import Session
    from kept.practices.red_team.service import Service

PACKAGE = __package__
FORM_LIMIT = 2 * 1024 * 1024
UPLOAD_LIMIT = FORM_LIMIT
LAST = "#last"
WORKSPACE = "/red-team/workspace"

Verb = Callable[[str], Awaitable[object]]


def router(service: Callable[[], Service]) -> APIRouter:
    """`/workspace/`: in, out, one's sessions; `/workspace/sessions/{session}` and what is posted beneath it."""
    routes = APIRouter(prefix="/workspace", include_in_schema=False)
    pages = _Pages(service)
    _add_entering(routes, service, pages)
    _add_talking(routes, service, pages)
    _add_noting(routes, service, pages)
    return routes


def _add_entering(routes: APIRouter, service: Callable[[], Service], pages: _Pages) -> None:
    @routes.get("/")
    async def desk(request: Request) -> Response:
        check_private(request)
        token = tokens.read(request)
        return await pages.desk(request, token) if token else pages.enter(request)

    @routes.post("/enter")
    async def enter(request: Request) -> Response:
        check_private(request)
        token = (await form(request)).get("token", "").strip()
        try:
            await run_in_threadpool(lambda: service().external_invitation(token))
        except KeptError as error:
            return pages.enter(request, error)
        answer = RedirectResponse(f"{WORKSPACE}/", 303)
        tokens.give(answer, request, token)
        return answer

    @routes.post("/leave")
    async def leave(request: Request) -> Response:
        await form(request)
        answer = RedirectResponse(f"{WORKSPACE}/", 303)
        tokens.take_back(answer, request)
        return answer

    @routes.post("/sessions")
    async def start(request: Request) -> Response:
        given, token = await form(request), tokens.read(request)
        try:
            session = await service().external_start(
                token,
                given.get("model", ""),
                domain=given.get("domain", ""),
                strategy=given.get("strategy", "").strip() or "free",
            )
        except KeptError as error:
            return await pages.desk(request, token, error)
        return RedirectResponse(f"{WORKSPACE}/sessions/{session.id}", 303)


def _add_talking(routes: APIRouter, service: Callable[[], Service], pages: _Pages) -> None:
    @routes.get("/sessions/{session}")
    async def talk(request: Request, session: str) -> Response:
        check_private(request)
        return await pages.talk(request, session)

    @routes.post("/sessions/{session}/say")
    async def say(request: Request, session: str) -> Response:
        given = await form(request, limit=FORM_LIMIT)
        text, call = plain(given.get("text", "")), given.get("reply_to", "")

        async def verb(token: str) -> object:
            return await service().external_say(token, session, text, reply_to=call)

        return await pages.done(request, session, verb, typed={call: text})

    @routes.post("/sessions/{session}/tools")
    async def offer(request: Request, session: str) -> Response:
        given = await form(request, limit=FORM_LIMIT)

        async def verb(token: str) -> object:
            tools = offered(given)
            return await run_in_threadpool(lambda: service().external_offer(token, session, tools))

        return await pages.done(request, session, verb, at="#tools")


def _add_noting(routes: APIRouter, service: Callable[[], Service], pages: _Pages) -> None:
    @routes.post("/sessions/{session}/note")
    async def annotate(request: Request, session: str) -> Response:
        given = await form(request)
        number = given.get("turn", "")

        async def verb(token: str) -> object:
            if not (number.isascii() and number.isdecimal() and len(number) < 5):
                raise Invalid(f"{number[:16]!r} is no turn.", code="external.turn")
            note = plain(given.get("note", ""))
            return await run_in_threadpool(lambda: service().external_annotate(token, session, int(number), note))

        return await pages.done(request, session, verb, at=f"#turn-{number}" if number.isdecimal() else "")

    @routes.post("/sessions/{session}/evidence")
    async def attach(request: Request, session: str) -> Response:
        data = await body(request, limit=UPLOAD_LIMIT, code="external.evidence")
        found = await multipart.parts_of(data, request.headers.get("content-type", ""))
        parts = {part.name: part for part in found}
        check_form(request, parts["csrf"].text if "csrf" in parts else "")
        file = parts.get("file")

        async def verb(token: str) -> object:
            if file is None or not file.file:
                raise Invalid("No file was chosen.", code="external.evidence", hint="Choose one and send it again.")
            kind = evidence_type(file)
            return await run_in_threadpool(
                lambda: service().external_attach(token, session, file.content, name=file.file, media_type=kind)
            )

        return await pages.done(request, session, verb, at="#evidence")

    @routes.post("/sessions/{session}/finish")
    async def finish(request: Request, session: str) -> Response:
        given = await form(request)

        async def verb(token: str) -> object:
            outcome, note = given.get("outcome", ""), plain(given.get("note", ""))
            return await run_in_threadpool(lambda: service().external_finish(token, session, outcome, note=note))

        return await pages.done(request, session, verb, at="")


class _Pages:
    """The pages of the workspace, each of which can tell of an error above what it shows."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    def enter(self, request: Request, error: KeptError | None = None) -> Response:
        """Where the token is asked for."""
        status = _status(error)
        answer = page(request, PACKAGE, "enter.html.j2", status=status, settled=True, error=error, workspace=WORKSPACE)
        if error is not None:
            tokens.take_back(answer, request)
        return answer

    async def desk(self, request: Request, token: str, error: KeptError | None = None) -> Response:
        """What the invitation allows, what is left, and its sessions."""
        try:
            guest = await run_in_threadpool(lambda: self._service().external_invitation(token))
        except Denied as refused:
            return self.enter(request, refused)
        return page(
            request,
            PACKAGE,
            "desk.html.j2",
            status=_status(error),
            settled=True,
            styles=("workspace.css",),
            guest=guest,
            error=error,
            workspace=WORKSPACE,
        )

    async def talk(
        self, request: Request, session: str, error: KeptError | None = None, typed: dict[str, str] | None = None
    ) -> Response:
        """One session; `typed` is what was not taken, by the call that it answers or under "", so none is lost."""
        token = tokens.read(request)
        try:
            guest = await run_in_threadpool(lambda: self._service().external_invitation(token))
        except Denied as refused:
            return self.enter(request, refused)
        try:
            held: Session = await run_in_threadpool(lambda: self._service().external_show(session, token=token))
        except Denied as refused:
            return await self.desk(request, token, refused)
        return page(
            request,
            PACKAGE,
            "talk.html.j2",
            status=_status(error),
            settled=True,
            styles=("workspace.css",),
            scripts=("workspace.js",),
            live=True,
            talk=Talk(held, guest.invitation),
            error=error,
            typed=typed or {},
            workspace=WORKSPACE,
        )

    async def done(
        self, request: Request, session: str, verb: Verb, *, at: str = LAST, typed: dict[str, str] | None = None
    ) -> Response:
        """Does it and goes back to the session, at its part `at`; an error is told there."""
        try:
            await verb(tokens.read(request))
        except KeptError as error:
            return await self.talk(request, session, error, typed)
        return RedirectResponse(f"{WORKSPACE}/sessions/{session}{at}", 303)


def _status(error: KeptError | None) -> int:
    if error is None:
        return 200
    return 401 if error.code == "external.token" else status_of(error)
