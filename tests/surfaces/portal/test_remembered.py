"""Pages shown again: only to whoever asks the same, and only while nothing that they say has changed."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from kept.core.accounts import Accounts
from kept.errors import Unavailable
from kept.interface.portal.visiting import SETTLED
from kept.surfaces.portal.remembered import LONGEST, MOST, Remembered
from simulators.portal import Portal, csrf, new_browser, portal


@dataclass
class Room:
    """A room of one page, which counts how often it is made, behind what remembers it; `now` is the store's state."""

    now: str = "1"
    is_settled: bool = True
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    size: int = 0
    made: int = 0
    gate: asyncio.Event | None = None
    is_broken: bool = False
    is_at_hand: bool = True
    routes: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asgi = Remembered(self.page, lambda: cast(Accounts, self))

    def as_of(self) -> str:
        if not self.now:
            raise Unavailable("The store is away.", code="store.away")
        return self.now

    async def page(self, scope: Any, receive: Any, send: Any) -> None:
        self.made += 1
        number = self.made
        if self.gate is not None:
            await self.gate.wait()
        if self.is_broken:
            raise RuntimeError("broken")
        scope["route"] = "the route"
        scope[SETTLED] = self.is_settled
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": str(number).encode().ljust(self.size)})

    async def ask(self, path: str = "/", *headers: tuple[bytes, bytes], **more: Any) -> str:
        told: list[Any] = []

        async def send(message: Any) -> None:
            told.append(message)

        scope = asked(path, *headers, **more)
        await self.asgi(scope, cast(Any, None), send)
        self.routes.append(scope["route"])
        assert told[0]["status"] == self.status
        return str(told[1]["body"].decode().strip())


def asked(path: str, *headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    plain = {"type": "http", "method": "GET", "query_string": b"", "scheme": "http", "client": ("127.0.0.1", 1)}
    return {**plain, "path": path, "headers": [(b"host", b"portal.test"), *headers], **more}


def asks(room: Room, *requests: dict[str, Any]) -> list[str]:
    """What each of several requests is answered, one after the other; the first has shown that the page is settled."""

    async def scenario() -> list[str]:
        await room.ask()
        return [await room.ask(**request) for request in requests]

    return asyncio.run(scenario())


def test_a_page_is_made_once_while_nothing_changes_and_is_measured_under_its_route() -> None:
    room = Room()
    assert asks(room, {}, {}, {}) == ["2", "2", "2"]
    assert room.routes == ["the route"] * 4


def test_it_is_made_anew_once_anything_was_written() -> None:
    async def scenario() -> list[str]:
        room = Room()
        answers = [await room.ask(), await room.ask()]
        room.now = "2"
        answers += [await room.ask(), await room.ask()]
        room.now = "1"
        return [*answers, await room.ask()]

    assert asyncio.run(scenario()) == ["1", "2", "3", "3", "4"]


@pytest.mark.parametrize(
    "other",
    [
        {"query_string": b"state=closed"},
        {"scheme": "https"},
        {"client": ("192.0.2.1", 1)},
        {"headers": [(b"host", b"portal.test"), (b"cookie", b"kept-session=another")]},
        {"headers": [(b"host", b"portal.test"), (b"accept-language", b"ar")]},
        {"headers": [(b"host", b"portal.test"), (b"accept", b"application/json")]},
        {"headers": [(b"host", b"portal.test"), (b"authorization", b"Bearer kept-x")]},
        {"headers": [(b"host", b"elsewhere.test")]},
    ],
)
def test_whoever_asks_otherwise_is_shown_another(other: dict[str, Any]) -> None:
    assert asks(Room(), {}, other, {}, other) == ["2", "3", "2", "3"]


@pytest.mark.parametrize(
    "room",
    [
        Room(is_settled=False),
        Room(status=503),
        Room(headers=[(b"Set-Cookie", b"a=b")]),
        Room(size=LONGEST + 1),
    ],
    ids=["unsettled", "out of reach", "with a cookie", "too long"],
)
def test_what_may_not_be_shown_again_is_made_each_time(room: Room) -> None:
    assert asks(room, {}, {}) == ["2", "3"]


def test_what_changes_something_is_never_held() -> None:
    assert asks(Room(), {}, {"method": "POST"}, {"method": "POST"}, {}) == ["2", "3", "4", "2"]


def test_no_more_than_so_many_are_held() -> None:
    pages = [{"query_string": str(number).encode()} for number in range(MOST + 1)]
    room = Room()
    asks(room, *pages, *pages)
    assert room.made == 1 + MOST + 1 + 1


def test_while_the_store_is_away_the_page_itself_answers() -> None:
    async def scenario() -> list[str]:
        room = Room()
        answers = [await room.ask(), await room.ask()]
        room.now = ""
        return [*answers, await room.ask(), await room.ask()]

    assert asyncio.run(scenario()) == ["1", "2", "3", "4"]


def test_who_asks_while_it_is_made_waits_for_it_and_for_nobody_who_takes_it_slowly() -> None:
    async def scenario() -> tuple[list[str], int]:
        room = Room()
        await room.ask()
        room.gate, stuck = asyncio.Event(), asyncio.Event()

        async def slowly(message: Any) -> None:
            await stuck.wait()

        first = asyncio.create_task(room.asgi(asked("/"), cast(Any, None), slowly))
        leaving = asyncio.create_task(room.ask())
        others = [asyncio.create_task(room.ask()) for _ in range(3)]
        await asyncio.sleep(0.01)
        leaving.cancel()
        room.gate.set()
        answers = await asyncio.gather(*others)
        stuck.set()
        await first
        return answers, room.made

    answers, made = asyncio.run(scenario())
    assert (answers, made) == (["2", "2", "2"], 2)


def test_where_making_it_fails_nobody_waits_for_ever() -> None:
    async def scenario() -> list[str]:
        room = Room()
        await room.ask()
        room.gate, room.is_broken = asyncio.Event(), True
        first, second = asyncio.create_task(room.ask()), asyncio.create_task(room.ask())
        await asyncio.sleep(0)
        room.gate.set()
        found = await asyncio.gather(first, second, return_exceptions=True)
        room.is_broken = False
        return [*map(str, found), await room.ask()]

    assert asyncio.run(scenario()) == ["broken", "broken", "4"]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    with portal(tmp_path, monkeypatch) as opened:
        yield opened


def test_two_strangers_never_share_a_form(served: Portal) -> None:
    browsers = [new_browser(served.asgi) for _ in range(4)]
    assert len({csrf(browser, "/sign-in") for browser in browsers}) == 4
    assert csrf(browsers[0], "/sign-in") == csrf(browsers[0], "/sign-in")


def test_two_people_see_each_their_own_and_who_is_out_sees_nothing(served: Portal) -> None:
    (ada, account), (bo, _) = served.person("ada"), served.person("bo")
    for _ in range(3):
        assert ">ada<" in ada.get("/account").text
        assert ">bo<" in bo.get("/account").text
    served.app.accounts.close_sessions(account)
    assert ada.get("/account").status_code == 303
    assert ">bo<" in bo.get("/account").text


def test_what_was_done_is_seen_on_the_next_page(served: Portal) -> None:
    ada, account = served.person("ada")
    for number in range(3):
        shown = ada.get("/account").text
        assert [f"program-{each}" in shown for each in range(3)] == [each < number for each in range(3)]
        served.app.accounts.add_key(account, label=f"program-{number}")
