"""A new circumvention pattern by a form: what the scanner refuses is said at the field that it concerns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from kept.core.actor import Actor
from kept.errors import Invalid, KeptError, NotFound
from kept.interface.portal import Fields, do, form
from kept.practices.sharing.methods.templates import slots_of
from kept.practices.sharing.records.contents import Domain, SlotKind, Technique
from kept.practices.sharing.records.library import Held, Told
from kept.practices.sharing.web.frame import ROOT, lines, shown, staff

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

LIMIT = 512 * 1024
TURNS = 16
_KINDS: tuple[str, ...] = get_args(SlotKind)
_WRONG = re.compile(r"\w+: (\w+)(?:\.(\d+))?")
# Which field an error is about, by its code.
_FIELDS: Mapping[str, str] = {
    "atlas.absent": "atlas",
    "nist.outcome": "nist",
    "scan.log": "unlogged",
    "template.slots": "slots",
    "template.example": "slots",
    "sharing.tlp": "tlp",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A pattern as it was typed: `slots` has each slot of the turns, with its kind or ""."""

    name: str = ""
    description: str = ""
    technique: str = ""
    turns: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    languages: str = "en"
    domains: tuple[str, ...] = ()
    atlas: str = ""
    nist: str = ""
    tlp: str = "amber"
    unlogged: str = ""

    @property
    def fields(self) -> int:
        """How many fields for turns a page shows: one more than are filled, and three at least."""
        return min(TURNS, max(3, len(self.turns) + 1))


def add_making(routes: APIRouter, service: Callable[[], Service]) -> None:
    """`/objects/new`, which stands before `/objects/{name}`."""

    @routes.get("/objects/new", include_in_schema=False)
    def asked(request: Request) -> HTMLResponse:
        staff(request)
        return _form(request, service(), Typed())

    @routes.post("/objects/new", include_in_schema=False)
    async def make(request: Request) -> Response:
        by, given = staff(request), typed(await form(request, limit=LIMIT))
        try:
            held: Held = await do(lambda: _made(service(), given, by))
        except (Invalid, NotFound) as error:
            return await run_in_threadpool(_form, request, service(), given, error)
        return RedirectResponse(f"{ROOT}/objects/{held.id}", 303)


def typed(given: Fields) -> Typed:
    """What a form says; turns that say nothing are left out, and a slot that is called as a kind is one of it."""
    turns = tuple(turn for each in given.many("turn")[:TURNS] if (turn := each.replace("\r\n", "\n").strip()))
    slots = {name: given.get(f"slot:{name}") or (name if name in _KINDS else "") for name in slots_of(turns)[:TURNS]}
    return Typed(
        name=given.get("name", "").strip(),
        description=given.get("description", "").replace("\r\n", "\n").strip(),
        technique=given.get("technique", ""),
        turns=turns,
        slots=slots,
        languages=given.get("languages", ""),
        domains=given.many("domain"),
        atlas=given.get("atlas", ""),
        nist=given.get("nist", ""),
        tlp=given.get("tlp", ""),
        unlogged=given.get("unlogged", "").strip(),
    )


def _made(service: Service, given: Typed, by: Actor) -> Held:
    unsaid = [name for name, kind in given.slots.items() if not kind]
    if unsaid:
        raise Invalid(
            f"What stands in {', '.join(unsaid)} isn't said.",
            code="template.slots",
            hint="Choose a kind for each slot.",
        )
    held, _ = service.object_new_jailbreak(
        Told(given.name, given.description, _words(given.atlas), lines(given.nist), given.tlp),
        given.technique,
        given.turns,
        given.slots,
        log=None,
        unlogged=given.unlogged,
        languages=_words(given.languages),
        domains=given.domains,
        by=by,
    )
    return held


def wrong(error: KeptError | None) -> dict[str, tuple[str, ...]]:
    """What is said at each field, by its name; turns are "turn 1" and so on. Of a scan, what it is and where."""
    if error is None:
        return {}
    found: Mapping[str, Sequence[str]] | None = getattr(error, "found", None)
    if found:
        return {where: tuple(told) for where, told in found.items()}
    if error.code == "object.malformed" and (match := _WRONG.match(error.message)):
        name = f"turn {int(match[2]) + 1}" if match[1] == "turns" and match[2] else match[1]
        return {"turn 1" if name == "turns" else name: (error.message,)}
    name = _FIELDS.get(error.code, "")
    return {name: (f"{error.message} {error.hint}".strip(),)} if name else {}


def _form(request: Request, service: Service, given: Typed, error: KeptError | None = None) -> HTMLResponse:
    return shown(
        request,
        "make.html.j2",
        here="objects",
        error=error,
        given=given,
        wrong=wrong(error),
        scanned=getattr(error, "code", "").startswith("scan.") and hasattr(error, "found"),
        techniques=get_args(Technique),
        kinds=_KINDS,
        domains=get_args(Domain),
        has_log=service.has_prompt_log,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
