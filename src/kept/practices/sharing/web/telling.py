"""A new incident, notice or mitigation by a form: the fields of its kind, scanned as those of a pattern are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kept.core.actor import Actor
from kept.errors import Invalid, KeptError, NotFound
from kept.interface.portal import Fields, do, form
from kept.practices.sharing.records.contents import CapabilityNotice, Domain, Incident, Mitigation
from kept.practices.sharing.records.library import Held, Told
from kept.practices.sharing.web.frame import ROOT, number, shown, staff
from kept.practices.sharing.web.making import wrong

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

Shape = Literal["line", "text", "choice", "many", "moment", "count", "tick"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a form: how it is filled in, from what it is chosen, and the table of words for that."""

    name: str
    label: str
    shape: Shape
    offered: tuple[str, ...] = ()
    words: str = ""
    is_needed: bool = True


def _offered(content: Any, name: str) -> tuple[str, ...]:
    """What a field may say, as its type has it."""
    return get_args(content.model_fields[name].annotation)


_SYSTEM = Asked("system", "system", "line")
_DOMAINS: tuple[str, ...] = get_args(Domain)
KINDS: Mapping[str, tuple[Asked, ...]] = {
    "incident": (
        _SYSTEM,
        Asked("severity", "severity", "choice", _offered(Incident, "severity"), "severity"),
        Asked("status", "status", "choice", _offered(Incident, "status"), "status"),
        Asked("harms", "domains", "many", _DOMAINS, "domain"),
        Asked("realised", "realised", "tick"),
        Asked("started", "started", "moment"),
        Asked("affected", "affected", "count", is_needed=False),
        Asked("response", "response", "text", is_needed=False),
    ),
    "notice": (
        _SYSTEM,
        Asked("domain", "domain", "choice", _DOMAINS, "domain"),
        Asked("finding", "finding", "choice", _offered(CapabilityNotice, "finding"), "finding"),
        Asked("urgency", "urgency", "choice", _offered(CapabilityNotice, "urgency"), "urgency"),
        Asked("acknowledge_by", "answer_by", "moment"),
        Asked("emergent", "emergent", "tick"),
    ),
    "mitigation": (
        _SYSTEM,
        Asked("measure", "measure", "choice", _offered(Mitigation, "measure"), "measure"),
    ),
}
"""What each kind asks; rates that were measured are given on the command line."""


def add_telling(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/objects/new/{kind}`."""

    @routes.get("/objects/new/{kind}", include_in_schema=False)
    def asked(request: Request, kind: str) -> HTMLResponse:
        staff(request)
        return _form(request, kind, Fields([]))

    @routes.post("/objects/new/{kind}", include_in_schema=False)
    async def tell(request: Request, kind: str) -> Response:
        by, given = staff(request), await form(request)
        _known(kind)
        try:
            held: Held = await do(lambda: _made(service(), kind, given, by))
        except (Invalid, NotFound) as error:
            return _form(request, kind, given, error)
        return RedirectResponse(f"{ROOT}/objects/{held.id}", 303)


def _made(service: Service, kind: str, given: Fields, by: Actor) -> Held:
    content = json.dumps({name: value for name, value in _told(kind, given) if value is not None}).encode()
    about = Told(
        given.get("name", "").strip(),
        given.get("description", "").replace("\r\n", "\n").strip(),
        tlp=given.get("tlp", ""),
    )
    make: Callable[..., Held] = getattr(service, f"object_new_{kind}")
    return make(about, content, by=by)


def _told(kind: str, given: Fields) -> list[tuple[str, Any]]:
    """The fields of the content as their JSON has them; None for one that says nothing and needs not."""
    found: list[tuple[str, Any]] = []
    for asked in KINDS[kind]:
        text = given.get(asked.name, "").replace("\r\n", "\n").strip()
        value: Any = text
        if asked.shape == "many":
            value = given.many(asked.name)
        elif asked.shape == "tick":
            value = text == "yes"
        elif asked.shape == "moment":
            value = f"{text[:16]}:00Z"
        elif not text and not asked.is_needed:
            value = None
        elif asked.shape == "count":
            value = number(text, asked.name)
        found.append((asked.name, value))
    return found


def _known(kind: str) -> tuple[Asked, ...]:
    if kind not in KINDS:
        raise NotFound("There is no such kind of object.", code="object.kind")
    return KINDS[kind]


def _form(request: Request, kind: str, given: Fields, error: KeptError | None = None) -> HTMLResponse:
    return shown(
        request,
        "tell.html.j2",
        here="objects",
        error=error,
        kind=kind,
        asked=_known(kind),
        given=given,
        wrong=wrong(error),
        scanned=hasattr(error, "found"),
    )
