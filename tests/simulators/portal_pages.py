"""Every page that a person can open in the portal, with a workspace in which each has something to show.

A route that answers a person in a browser stands either in PAGES or in OTHERS, with the reason why it isn't a page; a
test in tests/contracts holds this to what is mounted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyrage
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from kept import app
from kept.interface.allowance import Allowance
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.red_team.records import Scope
from kept.practices.red_team.web import token as tester_token
from kept.surfaces.portal.cookies import SESSION
from kept.surfaces.portal.standing import Standings
from kept.surfaces.web import application
from simulators import sharing_desk
from simulators.parrot import Parrot
from simulators.portal import portal
from simulators.replays import came_back
from simulators.reporter import Reporter, sealed
from simulators.served import served

SETTINGS = """assistant = "organism:rules?seed=1"
[practices.disclosure]
public_url = "https://portal.test"
"""
ADVISORY = "ACME-2026-0001"
CONTEST = """
[[contests]]
id = "endless"
title = "Endless <contest>"
opens = "2020-01-01"
closes = "2099-01-01"
rules = "The leaderboard counts replayed weaknesses alone."
prizes = [5000, 2000]
"""
OTHERS: Mapping[str, str] = {
    "/openapi.json": "the description of the interfaces",
    "/provenance/matches/{kind}": "what a browser asks before it asks another origin",
    "/reporting/{name}": "a file of the published report",
    "/reporting/outcomes/{name}": "a file of the published report",
    "/static/{digest}/{package}/{name}": "a static file",
    "/taxii2/{rest:path}": "what TAXII answers where nothing is",
    "/weights/enter": "takes a link and leads to the watch page",
    "/weights/static/{digest}/{name}": "a static file",
}


@dataclass
class Shown:
    """A portal on a socket at `url`; `cookies` are those of each kind of visitor, `places` fills in addresses."""

    url: str
    app: app.App
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page: the route that answers it, who opens it, its status, a query, and which place fills a parameter."""

    route: str
    who: str = ""
    status: int = 200
    query: str = ""
    filled: tuple[tuple[str, str], ...] = ()

    def address(self, shown: Shown) -> str:
        places = {**shown.places, **{name: shown.places[place] for name, place in self.filled}}
        return shown.url + self.route.format(**places) + self.query.format(**places)

    def __str__(self) -> str:
        return " ".join([self.route, self.query, self.who, *(place for _, place in self.filled)])


PAGES: tuple[Page, ...] = (
    Page("/"),
    Page("/", "staff"),
    Page("/sign-in"),
    Page("/account", "staff"),
    Page("/account/password", "staff"),
    Page("/accounts", "staff"),
    Page("/nowhere", status=404),
    Page("/disclosure/"),
    Page("/disclosure/report/{name}"),
    Page("/disclosure/upload/{name}"),
    Page("/disclosure/thread"),
    Page("/disclosure/advisories"),
    Page("/disclosure/advisories/{id}"),
    Page("/disclosure/contests"),
    Page("/disclosure/contests/{programme}/{contest}"),
    Page("/disclosure/thanks"),
    Page("/disclosure/triage", "staff"),
    Page("/disclosure/triage", "staff", query="?state=closed"),
    Page("/disclosure/triage/{case}", "staff"),
    Page("/disclosure/triage/{case}/read", "staff", filled=(("case", "report"),)),
    Page("/disclosure/triage/{case}/replays", "staff", filled=(("case", "report"),)),
    Page("/disclosure/rewards", "staff"),
    Page("/disclosure/publishing", "staff"),
    Page("/disclosure/quarantine", "staff"),
    Page("/disclosure/vendor"),
    Page("/provenance/"),
    Page("/red-team/workspace/"),
    Page("/red-team/workspace/", "tester"),
    Page("/red-team/workspace/sessions/{session}", "tester"),
    Page("/red-team/workspace/sessions/{session}", "tester", filled=(("session", "finished"),)),
    Page("/reporting/"),
    Page("/sharing/", "staff"),
    Page("/sharing/notices", "staff", query="?all=1"),
    Page("/sharing/notices/{notice}", "staff"),
    Page("/sharing/roster", "staff"),
    Page("/sharing/objects", "staff", query="?whose=received"),
    Page("/sharing/objects/new", "staff"),
    Page("/sharing/objects/new/{kind}", "staff"),
    Page("/sharing/objects/{name}", "staff", filled=(("name", "pattern"),)),
    Page("/sharing/objects/{name}", "staff", filled=(("name", "own_pattern"),)),
    Page("/sharing/replays", "staff"),
    Page("/sharing/groups", "staff"),
    Page("/sharing/groups/new", "staff"),
    Page("/sharing/groups/{draft}", "staff"),
    Page("/sharing/peers", "staff"),
    Page("/sharing/peers/{name}", "staff", filled=(("name", "peer"),)),
    Page("/sharing/collections", "staff"),
    Page("/sharing/match", "staff"),
    Page("/sharing/statements", "staff"),
    Page("/weights/", status=401),
    Page("/weights/", "watcher"),
)


@contextmanager
def shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The portal of a workspace in which every page has something to show."""
    with portal(folder, monkeypatch, models=SETTINGS) as found:
        opened = found.app
        monkeypatch.setattr(opened, "open_model", lambda address, **_: Parrot())
        built = application(
            app.practices().values(),
            opened.service,
            accounts=lambda: opened.accounts,
            organisation=opened.workspace.name,
            allowance=Allowance(lambda: 0.0, rate=1, burst=1e9),
            standings=Standings(lambda: opened.service("reporting").status(), lambda: opened.ledger.size()),
            unheard=lambda: 3,
        )
        with served(built) as url:
            made = Shown(url, opened)
            for prepare in PREPARED:
                prepare(made)
            yield made


def _staff(made: Shown) -> None:
    account = made.app.accounts.invite("ada", roles=("admin", "triage", "reward", "publish", "share"))
    made.cookies["staff"] = {SESSION: made.app.accounts.open_session(account)}


def _tester(made: Shown) -> None:
    room: Any = made.app.service("red_team")
    scope = Scope(("assistant",), ("cyber", "bio"), 100, 1_000_000, "2999-01-01T00:00:00Z", tools=("open_drawer",))
    token = room.external_invite("Red <Lab>", scope, by=made.app.actor(None)).token
    made.cookies["tester"] = {tester_token.NAME: token}

    async def talk() -> None:
        for place, outcome in (("session", ""), ("finished", "resisted")):
            session = (await room.external_start(token, "assistant", domain="cyber", strategy="crescendo")).id
            room.external_offer(token, session, [{"name": "open_drawer", "description": "Opens a drawer."}])
            await room.external_say(token, session, "Open it & say <b>what</b> is in it.\nThen stop.")
            room.external_annotate(token, session, 1, "It gives in here.")
            room.external_attach(token, session, b"what was seen", name="seen.txt", media_type="text/plain")
            if outcome:
                room.external_finish(token, session, outcome, note="It held out.")
            made.places[place] = session

    asyncio.run(talk())


def _watcher(made: Shown) -> None:
    room: Any = made.app.service("weights")
    link = room.watch_link(by=made.app.actor(None)).path.rpartition("=")[2]
    made.cookies["watcher"] = {"kept-watch": room.watch_enter(link)[0]}


def _programme(made: Shown) -> None:
    room: Any = made.app.service("disclosure")
    by = made.app.actor(None)
    drafted = room.programme_new((room.programme_example() + CONTEST).encode(), by=by)
    asyncio.run(room.programme_publish(drafted.name, by=by))
    room.keys_add("tess", str(pyrage.x25519.Identity.generate().to_public()), by=by)
    room.advisory_new(room.advisory_example().encode(), by=by)
    made.places |= {"name": drafted.name, "id": ADVISORY}
    room.publish(ADVISORY, by=by)


def _contest(made: Shown) -> None:
    room: Any = made.app.service("disclosure")
    made.places |= {"programme": made.places["name"], "contest": "endless"}
    for number, name in enumerate(("Mole", "")):
        sent = room.submit(Reporter().submission(), sealed(*room.recipients())).report
        made.app.store.write(partial(came_back, report=sent, number=number))
        made.places["report"] = sent
        room.triage_assess(sent, severity="high", reason="It is.", by=made.app.actor(None))
        if name:
            room.contest_name(sent, name, by=made.app.actor(None))


def _case(made: Shown) -> None:
    room: Any = made.app.service("disclosure")
    case, at = f"r-{17:016x}", room._context.clock()
    book = Casebook(room._context)
    made.app.store.write(lambda connection: book.begin(connection, case, at=at, by="reporter"))
    made.places["case"] = case


def _sharing(made: Shown) -> None:
    made.places |= sharing_desk.filled(made.app.service("sharing"), made.app.actor(None))


PREPARED: tuple[Callable[[Shown], None], ...] = (_staff, _tester, _watcher, _programme, _contest, _case, _sharing)


def answered() -> set[str]:
    """The routes by which the portal answers a person: whatever is fetched and isn't told to programs."""
    return {
        str(route.path)
        for route in _routes()
        if not getattr(route.original_route, "include_in_schema", False)
        and {"GET", "OPTIONS"} & set(getattr(route.original_route, "methods", None) or ())
    }


def read_by_the_framework() -> set[str]:
    """The routes whose body the framework reads, all of it, before any of our code is asked."""
    return {str(route.path) for route in _routes() if getattr(route.original_route, "body_field", None) is not None}


def _routes() -> list[Any]:
    """Every route of the portal and of all rooms."""
    built: Any = application(
        app.practices().values(),
        lambda name: None,
        organisation="Acme AI",
        allowance=Allowance(lambda: 0.0),
        standings=Standings(list, int),
    )
    while not isinstance(built, FastAPI):
        built = built._inner
    return list(iter_route_contexts(built.routes))
