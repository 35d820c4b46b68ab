"""Urgent matters and who is on call: listed with their clocks, shown, and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from kept.core.actor import Actor
from kept.core.context import format_time
from kept.errors import Invalid, KeptError, NotFound
from kept.interface.portal import Fields, form
from kept.practices.sharing.records.urgency import Watch
from kept.practices.sharing.web.frame import ROOT, acted, number, shown, staff
from kept.practices.sharing.web.reading import readable

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/notices"
ROSTER = f"{ROOT}/roster"


def add_notices(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/notices`, `/notices/{notice}`, and `/roster`."""

    @routes.get("/notices", include_in_schema=False)
    def notices(request: Request, all: str = "") -> HTMLResponse:
        by, room = staff(request), service()
        found = room.notices_list(all=bool(all), by=by)
        roster, now = room.roster_show(by=by), format_time(room.now)
        return shown(
            request, "notices.html.j2", here="notices", notices=found, everything=bool(all), roster=roster, now=now
        )

    @routes.get("/notices/{notice}", include_in_schema=False)
    def one(request: Request, notice: str) -> HTMLResponse:
        return _notice(request, service(), notice, by=staff(request))

    @routes.post("/notices/{notice}/acknowledge", include_in_schema=False)
    async def acknowledge(request: Request, notice: str) -> Response:
        by, given = staff(request), await form(request)
        typed = given.get("note", "")
        note = typed.replace("\r\n", "\n").strip()
        return await acted(
            lambda: service().notices_acknowledge(number(notice, "notice"), note=note, by=by),
            again=lambda error: _notice(request, service(), notice, by=by, error=error, note=typed),
            to=f"{HOME}/{notice}",
        )

    @routes.get("/roster", include_in_schema=False)
    def roster(request: Request) -> HTMLResponse:
        return _roster(request, service(), by=staff(request))

    @routes.post("/roster/{action}", include_in_schema=False)
    async def change(request: Request, action: str) -> Response:
        by, given = staff(request), await form(request)
        return await acted(
            lambda: _changed(service(), action, given, by),
            again=lambda error: _roster(request, service(), by=by, error=error, given=given),
            to=ROSTER,
        )


def _notice(
    request: Request, service: Service, notice: str, *, by: Actor, error: KeptError | None = None, note: str = ""
) -> HTMLResponse:
    found = service.notices_show(number(notice, "notice"), by=by)
    content = readable(found.document) if found.document is not None else None
    return shown(request, "notice.html.j2", here="notices", error=error, found=found, content=content, note=note)


def _roster(
    request: Request,
    service: Service,
    *,
    by: Actor,
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    found = service.roster_show(by=by)
    return shown(request, "roster.html.j2", here="notices", error=error, found=found, me=by.id, given=given or {})


def _changed(service: Service, action: str, given: Fields, by: Actor) -> object:
    if action not in ("add", "remove"):
        raise NotFound("There is no such action.", code="roster.action")
    watch = Watch(
        given.get("person", "").strip(),
        number(given.get("level", "0"), "level"),
        _time(given.get("begins", ""), "begins"),
        _time(given.get("ends", ""), "ends"),
    )
    return service.roster_add(watch, by=by) if action == "add" else service.roster_remove(watch, by=by)


def _time(text: str, name: str) -> datetime:
    """A time as a browser's field has it, which is in UTC. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"The field {name} is no time.", code="form.time", hint="Write it as 2026-12-01T08:00."
        ) from error
