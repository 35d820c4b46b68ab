"""The page of those who publish: programmes and advisories, kept as written and published by forms."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from kept.errors import NotFound
from kept.practices.disclosure.service import Service
from kept.surfaces.portal.cookies import SESSION
from simulators.labels import RULES
from simulators.portal import COOKIE, Portal, csrf, portal, post
from simulators.served import served as on_a_socket

HOME = "/disclosure/publishing"
HOSTILE = "<script>alert(1)</script>"
SETTINGS = f'assistant = "{RULES}"\n[practices.disclosure]\npublic_url = "https://acme.example"\n'
ADVISORY = "ACME-2026-0001"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with (
        pytest.MonkeyPatch.context() as patched,
        portal(tmp_path_factory.mktemp("portal"), patched, models=SETTINGS) as opened,
    ):
        yield opened


@pytest.fixture
def pia(served: Portal) -> TestClient:
    return served.person("pia", "publish")[0]


def act(browser: TestClient, action: str, **fields: str) -> Any:
    return post(browser, f"{HOME}/{action}", fields, page=HOME)


def test_a_programme_and_an_advisory_are_written_kept_and_published(served: Portal, pia: TestClient) -> None:
    assert "No programme was published." in pia.get(HOME).text
    refused = act(pia, "programme-new", toml=f'name = "{HOSTILE}"')
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert "&lt;script&gt;alert(1)" in refused.text, "what was refused is there to be mended"
    assert HOSTILE not in refused.text
    foreign = Service.programme_example().replace('"assistant"', '"openai:https://evil.example/v1#x"')
    assert act(pia, "programme-new", toml=foreign).status_code == 400
    assert act(pia, "programme-publish", name="assistant").status_code == 404
    kept = act(pia, "programme-new", toml=Service.programme_example())
    assert "is kept, and not published yet" in kept.text
    name = re.search(r'name="name" value="([a-z-]+)"', kept.text)
    assert name
    assert act(pia, "programme-publish", name=name[1]).status_code == 200
    room = served.app.service("disclosure")
    assert [(each.name, each.version) for each in room.programme_list()] == [("assistant", 1)]
    assert "takes reports" in pia.get(HOME).text

    assert act(pia, "advisory-new", toml="=").status_code == 400
    assert ADVISORY in act(pia, "advisory-new", toml=Service.advisory_example()).text
    assert act(pia, "advisory-publish", id=ADVISORY, change="").status_code == 200
    assert room.advisory_show(ADVISORY).advisory.revisions[-1].number == 1
    assert f"/disclosure/advisories/{ADVISORY}" in pia.get(HOME).text
    assert act(pia, "programme-close", name="assistant").status_code == 200
    assert "closed" in pia.get(HOME).text
    assert act(pia, "programme-close", name="assistant").status_code == 409
    assert act(pia, "launch").status_code == 404


def asked(url: str, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> int:
    """The status that a server on a socket answers."""
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request(method, path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("verb", "address"),
    [
        ("programme_publish", f"{HOME}/programme-publish"),
        ("replay", "/disclosure/triage/r-0000000000000000/replays/start"),
    ],
)
def test_others_are_answered_while_a_verb_waits_for_the_store(
    served: Portal, monkeypatch: pytest.MonkeyPatch, verb: str, address: str
) -> None:
    browser, _ = served.person("olga", "publish", "triage")
    begun, free = Event(), Event()

    async def waiting(*_: object, **__: object) -> None:
        begun.set()
        assert free.wait(10), "nobody else was answered"
        raise NotFound("It isn't there.")

    monkeypatch.setattr(served.app.service("disclosure"), verb, waiting)
    told = urlencode({"csrf": csrf(browser), "name": "assistant"})
    headers = {"Cookie": f"{SESSION}={browser.cookies[COOKIE]}", "Content-Type": "application/x-www-form-urlencoded"}
    with on_a_socket(served.asgi) as url, ThreadPoolExecutor(1) as apart:
        posting = apart.submit(asked, url, "POST", address, told, headers)
        begun.wait(10)
        assert asked(url, "GET", "/healthz") == 200
        free.set()
        assert posting.result() == 404


@pytest.mark.parametrize("roles", ["", "triage reward share"])
def test_nobody_without_the_role_publishes(served: Portal, roles: str) -> None:
    mallory, _ = served.person(f"mallory{len(roles)}", *roles.split())
    assert mallory.get(HOME).status_code == 403
    for action in ("programme-new", "programme-publish", "programme-close", "advisory-new", "advisory-publish"):
        assert post(mallory, f"{HOME}/{action}", {"toml": "x", "name": "assistant"}).status_code == 403
    assert HOME not in mallory.get("/account").text
    alan, _ = served.person("alan", "admin")
    assert act(alan, "advisory-new", toml=Service.advisory_example()).status_code == 403
    assert served.client.get(HOME).headers["location"] == f"/sign-in?next={HOME}"
