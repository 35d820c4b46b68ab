"""`kept serve`: the rooms' routes behind one guard, over a real socket."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from kept import app
from kept.core.accounts.settings import PortalSettings
from kept.core.practice import Practice
from kept.errors import Denied
from kept.interface.allowance import Allowance
from kept.interface.portal.words import texts
from kept.surfaces.guard.headers import HEADERS
from kept.surfaces.web import application


def router(service: Any) -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    def page() -> str:
        return str(service())

    @routes.get("/denied")
    def denied() -> None:
        raise Denied("Not yours.", code="a.code")

    @routes.get("/number/{number}")
    def number(number: int) -> int:
        return number

    @routes.patch("/number/{number}")
    def change(number: int) -> int:
        return number

    @routes.get("/broken")
    def broken() -> None:
        raise LookupError("a secret in a traceback")

    @routes.post("/write")
    def write() -> None:
        return None

    return routes


def well_known(service: Any) -> APIRouter:
    routes = APIRouter()
    routes.add_api_route("", lambda: f"well known by {service()}")
    return routes


ROOM = Practice(
    name="a_room",
    title="A <room>",
    service="",
    commands="",
    routes="surfaces_test_web:router",
    roots={"/.well-known/room.txt": "surfaces_test_web:well_known"},
    metered=("/.well-known/room.txt",),
)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setitem(sys.modules, "surfaces_test_web", sys.modules[__name__])
    allowance = Allowance(lambda: 0.0, rate=1, burst=8, write=3)
    built = application(
        [ROOM],
        lambda name: f"service of {name}",
        organisation="Acme <AI>",
        allowance=allowance,
    )
    return TestClient(built, raise_server_exceptions=False)


def test_a_rooms_routes_stand_under_its_name(client: TestClient) -> None:
    assert client.get("/a-room/").json() == "service of a_room"
    assert "/a-room/number/{number}" in client.get("/openapi.json").json()["paths"]


def test_what_a_room_declares_at_the_root_stands_there_and_it_counts_for_itself_what_callers_ask(
    client: TestClient,
) -> None:
    for _ in range(20):
        answer = client.get("/.well-known/room.txt")
        assert answer.json() == "well known by service of a_room"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/a-room/").status_code == 200


def test_the_first_page_lists_the_rooms_that_have_one_and_escapes_their_names(client: TestClient) -> None:
    page = client.get("/").text
    assert '<a href="/a-room/" lang="en">A &lt;room&gt;</a>' in page
    assert "Acme &lt;AI&gt;" in page


@pytest.mark.parametrize("path", ["/", "/a-room/", "/a-room/denied", "/nowhere", "/openapi.json", "/a-room/number/x"])
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_over_https_browsers_are_told_to_stay_with_it(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/").headers
    client.base_url = "https://testserver"
    assert client.get("/a-room/denied").headers["strict-transport-security"] == "max-age=63072000"


def test_an_error_is_answered_with_its_status_and_what_to_do(client: TestClient) -> None:
    answer = client.get("/a-room/denied")
    assert (answer.status_code, answer.json()["code"]) == (403, "a.code")
    answer = client.get("/a-room/number/x")
    assert (answer.status_code, answer.json()["code"]) == (400, "web.request")


def test_what_is_unforeseen_tells_no_details(client: TestClient) -> None:
    answer = client.get("/a-room/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "web.unforeseen")
    assert answer.headers["x-request-id"] in answer.json()["hint"]
    assert "secret" not in answer.text


def test_an_address_that_leads_nowhere_is_a_page_for_people_and_json_for_programs(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "web.nothing")
    page = client.get("/nowhere", headers={"accept": "text/html", "accept-language": "es"})
    assert (page.status_code, "Esta página no está aquí" in page.text) == (404, True)


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(client: TestClient) -> None:
    assert [client.post("/a-room/write").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.post("/a-room/write")
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("web.allowance", "2")
    assert answer.headers["x-content-type-options"] == "nosniff"


PEOPLE = {"accept": "text/html,*/*;q=0.8", "accept-language": "ar"}


@pytest.mark.parametrize(
    ("method", "path", "status", "why"),
    [
        ("GET", "/a-room/denied", 403, "denied"),
        ("GET", "/a-room/number/x", 400, "malformed"),
        ("GET", "/a-room/broken", 500, "broken"),
        ("POST", "/a-room/write", 429, "often"),
    ],
)
def test_people_are_told_in_their_language_what_went_wrong(
    client: TestClient, method: str, path: str, status: int, why: str
) -> None:
    for _ in range(2 if status == 429 else 0):
        client.request(method, path)
    answer = client.request(method, path, headers=PEOPLE)
    told = texts("kept.interface.portal", "ar")["refused"]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{told[why]}</h1>" in answer.text
    assert told[f"{why}_text"] in answer.text
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert "secret" not in answer.text
    assert (answer.headers["x-request-id"] in answer.text) == (status == 500)
    assert ("retry-after" in answer.headers) == (status == 429)
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert 'href="?lang=de"' in answer.text


OURS = PortalSettings(url="https://portal.example")


@pytest.mark.parametrize("host", ["evil.test", "portal.example.evil.test", "[::1", '"><a href=//evil.test>', ""])
def test_whoever_names_another_host_is_told_so_in_their_language_and_led_nowhere(host: str) -> None:
    allowance = Allowance(lambda: 0.0, rate=1, burst=8)
    guarded = application([], str, organisation="Acme AI", allowance=allowance, settings=OURS)
    client = TestClient(guarded, base_url="https://portal.example", follow_redirects=False)
    answer = client.get("/a-room/?lang=%22x&next=//evil.test", headers={**PEOPLE, "host": host})
    told = texts("kept.interface.portal", "ar")["refused"]
    assert (answer.status_code, answer.headers["content-type"]) == (421, "text/html; charset=utf-8")
    assert f"<h1>{told['elsewhere']}</h1>" in answer.text
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    # Whoever turned a name of theirs to this machine reads what it answers.
    for never in ("Acme", "evil", "portal.example", "href", "src=", "<form", 'lang="en"'):
        assert never not in answer.text, never
    assert {"location", "set-cookie"}.isdisjoint(answer.headers)
    assert client.get("/a-room/", headers={"host": host}).json()["code"] == "web.host"


def test_a_method_that_a_page_does_not_have_is_told_as_a_page(client: TestClient) -> None:
    page = client.delete("/", headers=PEOPLE)
    assert (page.status_code, "GET" in page.headers["allow"]) == (405, True)
    assert "<h1>" in page.text
    assert "hreflang" not in page.text, "the page in another language stands nowhere"


def test_the_head_of_an_answer_is_that_of_the_whole(client: TestClient) -> None:
    whole, head = client.get("/a-room/number/7"), client.head("/a-room/number/7")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**whole.headers, "x-request-id": ""}
    assert client.head("/a-room/denied").status_code == 403
    assert client.head("/a-room/write").headers["allow"] == "POST"


def test_whoever_uses_another_method_is_told_every_one_that_there_is(client: TestClient) -> None:
    assert client.put("/a-room/number/7").headers["allow"] == "GET, HEAD, PATCH"


def test_another_language_is_of_the_same_page_with_what_was_asked(client: TestClient) -> None:
    page = client.get("/?all=1&lang=es&q=%3Ca%3E", headers=PEOPLE).text
    assert 'href="?all=1&amp;q=%3Ca%3E&amp;lang=fr"' in page


def test_a_service_is_built_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "surfaces_test_web", sys.modules[__name__])
    inside, most = 0, 0

    def building(name: str) -> str:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1
        return name

    built = application([ROOM], building, organisation="Acme AI", allowance=Allowance(lambda: 0.0))
    client = TestClient(built)
    with ThreadPoolExecutor(4) as pool:
        assert [answer.status_code for answer in pool.map(client.get, ["/a-room/"] * 4)] == [200] * 4
    assert most == 1


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    kept = Path(sys.executable).with_name("kept")
    subprocess.run([kept, "init", tmp_path / "acme", "--name", "Acme AI"], check=True, capture_output=True)
    command = [kept, "-w", tmp_path / "acme", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = ""
        while not told.rstrip().endswith("}"):
            told += process.stdout.readline()
        yield json.loads(told)["url"]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")


def test_a_workspace_is_served_until_it_is_stopped(served: str) -> None:
    with urllib.request.urlopen(f"{served}/openapi.json") as answer:
        document = json.load(answer)
    rooms = app.practices().values()
    prefixes = {"/" + room.name.replace("_", "-") for room in rooms if room.routes}
    prefixes |= {"/" + root.split("/")[1] for room in rooms for root in room.roots}
    prefixes |= {"/healthz", "/readyz", "/metrics"}
    told = {"/" + path.split("/")[1] for path in document["paths"]}
    # Pages for people alone, as the weights room has them, are no interface and not told.
    assert {"/ledger", "/provenance", "/red-team"} <= told <= prefixes
    with urllib.request.urlopen(f"{served}/") as page:
        assert "Acme AI" in page.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{served}/../kept.toml")
