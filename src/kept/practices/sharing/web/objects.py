"""Objects, whoever made them: listed, shown with what became of each, and shared on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from kept.core.actor import Actor
from kept.errors import Conflict, KeptError
from kept.interface.portal import Fields, form
from kept.practices.sharing.records.overseeing import WHOSE
from kept.practices.sharing.service.tracing import PAGE, level_of
from kept.practices.sharing.web.frame import ROOT, acted, number, shown, staff
from kept.practices.sharing.web.places import chosen, places
from kept.practices.sharing.web.reading import readable

if TYPE_CHECKING:
    from kept.practices.sharing.records import Pushed
    from kept.practices.sharing.service import Service

HOME = f"{ROOT}/objects"
TYPES = (
    "indicator",
    "incident",
    "dangerous-capability-notice",
    "course-of-action",
    "sighting",
    "note",
    "attack-pattern",
)
"""The types of STIX that a list is narrowed to."""


def add_objects(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/objects`, `/objects/{name}`, and what is done with one."""

    @routes.get("/objects", include_in_schema=False)
    def listed(
        request: Request, whose: str = "own", kind: str = "", tlp: str = "", collection: str = "", after: str = ""
    ) -> HTMLResponse:
        by, room = staff(request), service()
        asked = {"whose": whose, "kind": kind, "tlp": tlp, "collection": collection}
        found = room.object_find(**asked, after=after, by=by)
        return shown(
            request,
            "objects.html.j2",
            here="objects",
            found=found,
            asked=asked,
            whose=WHOSE,
            types=TYPES,
            collections=room.collections_list(),
            following=_after(whose, found) if len(found) == PAGE else "",
        )

    @routes.get("/objects/{name}", include_in_schema=False)
    def one(request: Request, name: str, version: str = "") -> HTMLResponse:
        return _object(request, service(), name, by=staff(request), version=version)

    @routes.post("/objects/{name}/publish", include_in_schema=False)
    async def publish(request: Request, name: str) -> Response:
        by, given = staff(request), await form(request)
        return await acted(
            lambda: _published(service(), name, given, by),
            again=lambda error: _object(request, service(), name, by=by, error=error, given=given),
            to=f"{HOME}/{name}",
        )


def _object(
    request: Request,
    service: Service,
    name: str,
    *,
    by: Actor,
    version: str = "",
    error: KeptError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    found = service.object_trace(name, cursor=number(version, "version") if version else 0, by=by)
    return shown(
        request,
        "object.html.j2",
        here="objects",
        error=error,
        found=found,
        content=readable(found.document),
        level=next((each.tlp for each in found.versions if each.cursor == found.cursor), level_of(found.document)),
        is_marked=bool(level_of(found.document)),
        targets=places(service, by) if found.held else (),
        peers=[each for each in service.peers_list() if each.state != "revoked"],
        given=given or {},
    )


def _published(service: Service, name: str, given: Fields, by: Actor) -> object:
    """Put an object of the library into a collection of ours, or give what sends it to a partner's.

    Raises what those raise, and Conflict where it isn't taken.
    """
    document = service.object_trace(name, by=by)
    if document.held is None:
        raise Conflict("Only what was made or brought in here is published.", code="object.foreign")
    body = service.object_show(document.held.id)
    peer, collection = chosen(service, given.get("place", ""), by)
    told: Mapping[str, Any] = {"collection": collection, "to": given.many("to"), "tlp": given.get("tlp", ""), "by": by}
    if not peer:
        (outcome,) = service.publish([body], **told)
        if outcome.why:
            raise Conflict(outcome.why, code="object.refused")
        return outcome
    return _pushed(service.push(peer, [body], **told), body["id"])


async def _pushed(work: Awaitable[Pushed], id: str) -> Pushed:
    """What became of one object; what waited for the same partner is another's to mend."""
    sent = await work
    if why := next((each.why for each in sent.refused if each.id == id), ""):
        raise Conflict(why, code="object.refused")
    return sent


def _after(whose: str, found: Any) -> str:
    return found[-1].id if whose == "own" else str(found[-1].cursor)
