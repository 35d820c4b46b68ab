"""The page of those who publish: programmes and advisories, written in TOML, kept, and published."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.interface.pages import status_of
from kept.interface.portal import Fields, do, form, page, signed_in
from kept.practices.disclosure.web.addresses import loading

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

PACKAGE = "kept.practices.disclosure.web.publishing"
ROLES = ("publish", "admin")
"""Both publish programmes; an advisory takes the first."""
LARGEST = 524_288
"""The largest form, in bytes: texts are percent-encoded in it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and to what; `kept` is the kind of what waits to be published, "" where nothing does."""

    name: str
    kept: str = ""


def _new(service: Service, given: Fields, by: Actor) -> Outcome:
    written = given.get("toml", "").encode()
    made = service.programme_new(written, by=by)
    return Outcome(made.name, "programme")


async def _publish(service: Service, given: Fields, by: Actor) -> Outcome:
    made = await service.programme_publish(given.get("name", "").strip(), by=by)
    return Outcome(f"{made.name} {made.version}")


def _close(service: Service, given: Fields, by: Actor) -> Outcome:
    made = service.programme_close(given.get("name", ""), by=by)
    return Outcome(f"{made.name} {made.version}")


def _write(service: Service, given: Fields, by: Actor) -> Outcome:
    written = given.get("toml", "").encode()
    made = service.advisory_new(written, by=by)
    return Outcome(made.advisory.id, "advisory")


def _advise(service: Service, given: Fields, by: Actor) -> Outcome:
    id, change = given.get("id", "").strip(), given.get("change", "").strip()
    made = service.publish(id, change=change, by=by)
    return Outcome(f"{made.advisory.id}, {made.advisory.revisions[-1].number}")


ACTIONS: Mapping[str, Callable[[Service, Fields, Actor], Outcome | Coroutine[Any, Any, Outcome]]] = {
    "programme-new": _new,
    "programme-publish": _publish,
    "programme-close": _close,
    "advisory-new": _write,
    "advisory-publish": _advise,
}


def add_publishing(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/publishing`, and what is done from there; a text that was refused is shown again, to be mended."""

    @routes.get("/publishing", include_in_schema=False)
    def publishing(request: Request) -> HTMLResponse:
        signed_in(request, *ROLES)
        return _shown(request, service())

    @routes.post("/publishing/{action}", include_in_schema=False)
    async def act(request: Request, action: str) -> Response:
        by = signed_in(request, *ROLES)
        given = await form(request, limit=LARGEST)
        if action not in ACTIONS:
            raise NotFound("There is no such action.", code="publishing.action")
        try:
            outcome: Outcome = await do(lambda: ACTIONS[action](service(), given, by))
        except KeptError as error:
            return await run_in_threadpool(partial(_shown, request, service(), error=error, action=action, given=given))
        return await run_in_threadpool(partial(_shown, request, service(), outcome=outcome))


def _shown(
    request: Request,
    service: Service,
    *,
    outcome: Outcome | None = None,
    error: KeptError | None = None,
    action: str = "",
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    refused = (given or {}).get("toml", "")
    return page(
        request,
        PACKAGE,
        "publishing.html.j2",
        status=status_of(error) if error else 200,
        settled=True,
        programmes=service.programme_list(closed=True),
        advisories=service.advisory_list(),
        programme_toml=refused if action == "programme-new" else service.programme_example(),
        advisory_toml=refused if action == "advisory-new" else service.advisory_example(),
        action=action,
        outcome=outcome,
        error=error,
        **loading("triage.js"),
    )
