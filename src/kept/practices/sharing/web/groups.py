"""Working groups: drafts are listed, proposed, spoken of, voted on, and signed once they are adopted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.core.context import format_time
from kept.errors import Invalid, KeptError, NotFound
from kept.interface.portal import Fields, do, form
from kept.practices.sharing.records.groups import Choice, Draft, Kind
from kept.practices.sharing.web.frame import ROOT, acted, lines, shown, staff
from kept.practices.sharing.web.places import chosen, places

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/groups"
KINDS: tuple[Kind, ...] = get_args(Kind)
CHOICES: tuple[Choice, ...] = get_args(Choice)


def add_groups(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/groups`, `/groups/new`, and `/groups/{draft}` with what is said there."""

    @routes.get("/groups", include_in_schema=False)
    def drafts(request: Request) -> HTMLResponse:
        by, room = staff(request), service()
        found = room.groups_list(by=by)
        return shown(request, "groups.html.j2", here="groups", drafts=found, now=format_time(room.now))

    @routes.get("/groups/new", include_in_schema=False)
    def asked(request: Request) -> HTMLResponse:
        return _form(request, service(), by=staff(request))

    @routes.post("/groups/new", include_in_schema=False)
    async def propose(request: Request) -> Response:
        by, given = staff(request), await form(request, limit=256 * 1024)
        try:
            made: Draft = await do(lambda: _proposed(service(), given, by))
        except KeptError as error:
            return await run_in_threadpool(_form, request, service(), by=by, error=error, given=given)
        return RedirectResponse(f"{HOME}/{made.id}", 303)

    @routes.get("/groups/{draft}", include_in_schema=False)
    def one(request: Request, draft: str) -> HTMLResponse:
        return _draft(request, service(), draft, by=staff(request))

    @routes.post("/groups/{draft}/{action}", include_in_schema=False)
    async def act(request: Request, draft: str, action: str) -> Response:
        by, given = staff(request), await form(request)
        return await acted(
            lambda: _done(service(), draft, action, given, by),
            again=lambda error: _draft(request, service(), draft, by=by, error=error, given=given),
            to=f"{HOME}/{draft}",
        )


def _proposed(service: Service, given: Fields, by: Actor) -> object:
    kind = given.get("kind", "")
    if kind not in KINDS:
        raise Invalid("That is no kind of draft.", code="groups.kind", hint=f"Use one of {', '.join(KINDS)}.")
    try:
        closes = datetime.fromisoformat(given.get("closes", "")).replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("When the vote closes is no time.", code="form.time", hint="As 2026-12-24T12:00.") from error
    peer, collection = chosen(service, given.get("place", ""), by)
    return service.groups_draft(
        given.get("group", "").strip(),
        kind,
        given.get("title", "").strip(),
        given.get("text", "").replace("\r\n", "\n"),
        members=lines(given.get("members", "")),
        closes=closes,
        collection=collection,
        peer=peer,
        tlp=given.get("tlp", ""),
        by=by,
    )


def _done(service: Service, draft: str, action: str, given: Fields, by: Actor) -> object:
    if action == "comment":
        return service.groups_comment(draft, given.get("text", "").replace("\r\n", "\n"), by=by)
    if action == "vote":
        choice = given.get("choice", "")
        if choice not in CHOICES:
            raise Invalid("No vote was chosen.", code="groups.choice", hint=f"Choose one of {', '.join(CHOICES)}.")
        return service.groups_vote(draft, choice, note=given.get("note", "").strip(), by=by)
    if action == "sign":
        return service.groups_sign(draft, by=by)
    raise NotFound("There is no such action.", code="groups.action")


def _draft(
    request: Request,
    service: Service,
    draft: str,
    *,
    by: Actor,
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    found = service.groups_show(draft, by=by)
    votes: dict[str, Any] = {each.vote.member: each.vote for each in found.result.votes if not each.why}
    return shown(
        request,
        "draft.html.j2",
        here="groups",
        error=error,
        found=found,
        votes=votes,
        choices=CHOICES,
        now=format_time(service.now),
        given=given or {},
    )


def _form(
    request: Request,
    service: Service,
    *,
    by: Actor,
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    return shown(
        request,
        "propose.html.j2",
        here="groups",
        error=error,
        given=given or {"members": request.app.state.organisation},
        targets=places(service, by),
        kinds=KINDS,
        organisations=sorted({each.organisation for each in service.peers_list() if each.state != "revoked"}),
    )
