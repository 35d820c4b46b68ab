"""The watch page: let in by a link from the command line, about pseudonyms alone, and clean for eyes and readers."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.core.actor import Actor
from kept.errors import Denied
from kept.interface.allowance import Allowance
from kept.interface.portal.words import LANGUAGES, texts
from kept.practices.weights import PRACTICE
from kept.practices.weights.service.tables.access import READS
from kept.surfaces.web import application
from simulators.browser import chromium, complaints
from simulators.served import served
from simulators.weights_room import Room, opened

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
HARM = '<img src=x onerror="window.pwned=1">' + "w" * 120
TOLD = (("tiers", "rule"), ("states", "raised"), ("outcomes", "export"), ("rules", "decoy"))
SCREENSHOTS = os.environ.get("KEPT_SCREENSHOTS")


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def room(tmp_path: Path, time: Time) -> Iterator[Room]:
    with opened(tmp_path, clock=time) as found:
        yield found


def read(room: Room, number: int, **more: Any) -> None:
    row = {
        "number": number,
        "made": round(NOW.timestamp() * 1000) - 60_000 + number,
        "person": "Alice Example",
        "outcome": "read",
        "file": "4e" * 32,
        "tensors": "model.*",
        "bytes": 4096,
        "team": "evals",
        "role": "engineer",
        "host": "alice-laptop",
        "purpose": "eval run 12",
        "lease": "l-0123456789abcdef",
        "other": "",
        "code": "",
        "decoy": False,
        "reservation": 1,
    }
    room.store.write(lambda connection: connection.execute(READS.insert().values(**{**row, **more})))


@pytest.fixture
def filled(room: Room) -> Room:
    for number in range(1, 8):
        read(room, number, person=f"Person {number % 3}", tensors=f"model.layers.{number}.weight")
    read(room, 8, outcome="refused", code="decoy.opened", decoy=True, bytes=0, tensors=HARM)
    read(room, 9, outcome="export", other="An Outside Lab", bytes=3_000_000_000)
    room.service.watch(by=room.actor)
    return room


def built(room: Room) -> ASGIApp:
    allowance = Allowance(lambda: 0.0, burst=1e6)
    return application([PRACTICE], lambda name: room.service, organisation="Acme AI", allowance=allowance)


def client(room: Room, *, host: str = "127.0.0.1", base: str = "http://127.0.0.1") -> TestClient:
    return TestClient(built(room), client=(host, 5000), base_url=base)


def test_nobody_sees_anything_without_a_link(filled: Room) -> None:
    guessing = client(filled)
    guessing.cookies.set("kept-watch", "ab" * 32)
    for answer in (
        client(filled).get("/weights/"),
        guessing.get("/weights/"),
        client(filled).get("/weights/enter"),
        client(filled).get("/weights/enter", params={"link": "ab" * 32}),
    ):
        assert (answer.status_code, answer.headers["cache-control"]) == (401, "no-store")
        assert "p-" not in answer.text.replace("http-", "")
        assert "kept weights watch-link" in answer.text


def test_a_link_lets_its_holder_in_once(filled: Room) -> None:
    path = filled.service.watch_link(by=filled.actor).path
    browser = client(filled)
    entered = browser.get(path, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, "./")
    cookie = entered.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/weights/"))
    assert browser.get("/weights/").status_code == 200
    assert client(filled).get(path).status_code == 401


def test_what_is_shown_names_nobody_no_host_and_no_purpose(filled: Room) -> None:
    browser = client(filled)
    page = browser.get(filled.service.watch_link(by=filled.actor).path).text
    for name in ("Alice", "Person", "Outside Lab", "laptop", "eval run", "evals", "engineer"):
        assert name not in page
    assert page.count('<th scope="row"><code>p-') == 9
    assert HARM not in page
    assert "3,000,028,672" in page


def test_an_alarm_is_shown_about_a_pseudonym_in_words_that_a_manager_reads(filled: Room) -> None:
    page = client(filled).get(filled.service.watch_link(by=filled.actor).path).text
    (tier,) = re.findall(r'<article class="alarm" data-tier="([a-z]+)">', page)
    assert tier == "rule"
    assert "Tried to open a decoy, which nobody has a reason to open." in page
    assert re.search(r"<h3><code>p-[0-9a-f]{12}</code>", page)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_it_speaks_the_readers_language(filled: Room, tag: str) -> None:
    said = texts("kept.practices.weights.web", tag)["watch"]
    outside = client(filled).get("/weights/", headers={"accept-language": tag}).text
    assert f'<html lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}">' in outside
    assert said["shut"]["nobody"] in outside
    browser = client(filled)
    browser.get(filled.service.watch_link(by=filled.actor).path)
    chosen = browser.get("/weights/", params={"lang": tag})
    again = browser.get("/weights/")
    for page in (chosen.text, again.text):
        assert all(said[name] in page for name in ("title", "day", "late", "limits"))
        assert all(said[table][name] in page for table, name in TOLD)
    assert said["fresh"].partition("{")[0] in chosen.text
    assert "{" not in re.sub(r"(?s)<(script|style).*?</", "", chosen.text)


def test_times_end(filled: Room, time: Time) -> None:
    path = filled.service.watch_link(by=filled.actor).path
    time.now = NOW + timedelta(minutes=11)
    assert client(filled).get(path).status_code == 401
    browser = client(filled)
    assert browser.get(filled.service.watch_link(by=filled.actor).path).status_code == 200
    time.now += timedelta(hours=7)
    assert browser.get("/weights/").status_code == 200
    time.now += timedelta(hours=2)
    assert browser.get("/weights/").status_code == 401


def test_a_link_takes_the_role(filled: Room) -> None:
    with pytest.raises(Denied, match="may not watch"):
        filled.service.watch_link(by=Actor("mallory", roles=frozenset({"tester"})))


def test_whoever_is_no_holder_any_more_is_out(filled: Room) -> None:
    link = filled.service.watch_link(by=Actor("gone", roles=frozenset({"watcher"})))
    assert client(filled).get(link.path).status_code == 401


def test_it_never_crosses_a_network_in_the_clear(filled: Room) -> None:
    path = filled.service.watch_link(by=filled.actor).path
    away = client(filled, host="203.0.113.9", base="http://watch.example")
    assert away.get(path).status_code == 403
    safe = client(filled, host="203.0.113.9", base="https://watch.example")
    entered = safe.get(path, follow_redirects=False)
    assert "; secure" in entered.headers["set-cookie"].lower()
    assert safe.get("/weights/").status_code == 200
    assert away.get("/weights/").status_code == 403


def test_the_store_holds_no_secret(filled: Room) -> None:
    secret = filled.service.watch_link(by=filled.actor).path.partition("=")[2]
    held = b"".join(path.read_bytes() for path in filled.context.workspace.folder.rglob("*") if path.is_file())
    assert len(secret) == 64
    assert secret.encode() not in held


def test_a_file_has_its_digest_in_its_address(filled: Room) -> None:
    assert client(filled).get("/weights/static/0000000000000000/watch.css").status_code == 404
    assert client(filled).get("/weights/static/0000000000000000/nothing").status_code == 404


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_clean_on_a_desk_and_a_phone_and_from_right_to_left(filled: Room, browser: Browser, width: int) -> None:
    with served(built(filled)) as url:
        for scheme, tag in (("light", "en"), ("dark", "ar")):
            page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
            page.goto(url + filled.service.watch_link(by=filled.actor).path)
            page.goto(f"{url}/weights/?lang={tag}")
            assert complaints(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if SCREENSHOTS:
                page.screenshot(path=Path(SCREENSHOTS) / f"watch-{width}-{scheme}-{tag}.png", full_page=True)
            assert page.evaluate("window.pwned") is None


def test_what_is_read_meanwhile_appears_by_itself(filled: Room, browser: Browser) -> None:
    with served(built(filled)) as url:
        page = browser.new_page()
        page.goto(url + filled.service.watch_link(by=filled.actor).path)
        read(filled, 10, tensors="just-now")
        page.wait_for_selector("text=just-now", timeout=60_000)
        assert page.locator("tbody tr").count() == 10
