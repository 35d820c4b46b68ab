"""The tester's workspace for programs, as a client that holds nothing but a token sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kept.practices.red_team.records import Scope
from kept.practices.red_team.web import router
from simulators.parrot import Parrot
from simulators.red_team_room import Room, opened

TOOL = {"name": "open_drawer", "description": "Opens a drawer.", "parameters": {"type": "object"}}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path, open_model=lambda address, **_: Parrot()) as found:
        yield found


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    application = FastAPI(openapi_url=None)
    application.include_router(router(lambda: room.service), prefix="/red-team")
    with TestClient(application) as found:
        yield found


@pytest.fixture
def header(room: Room) -> dict[str, str]:
    scope = Scope(("assistant",), ("cyber",), 5, 100_000, "2999-01-01T00:00:00Z", tools=("open_drawer",))
    return {"Authorization": f"Bearer {room.service.external_invite('Red Lab', scope, by=room.actor).token}"}


def started(client: TestClient, header: dict[str, str]) -> str:
    told = {"model": "assistant", "domain": "cyber", "strategy": "crescendo"}
    answer = client.post("/red-team/external/sessions", json=told, headers=header)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return f"/red-team/external/sessions/{answer.json()['id']}"


def test_a_whole_session_over_http(client: TestClient, header: dict[str, str]) -> None:
    at = started(client, header)
    assert client.put(f"{at}/tools", json=[TOOL], headers=header).json()["tools"][0]["name"] == "open_drawer"
    turn = client.post(f"{at}/turns", json={"text": "Open it."}, headers=header)
    assert (turn.status_code, turn.json()["number"]) == (201, 1)
    told = {"text": "It is empty.", "reply_to": "call_1"}
    assert client.post(f"{at}/turns", json=told, headers=header).status_code == 201
    assert client.put(f"{at}/turns/1/note", json={"note": "polite"}, headers=header).json()["note"] == "polite"
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 9
    kept = client.post(f"{at}/evidence/shot.png", content=png, headers={**header, "Content-Type": "image/png"})
    assert (kept.status_code, kept.json()["size"]) == (201, 17)
    ended = client.post(f"{at}/finish", json={"outcome": "resisted", "note": "n"}, headers=header).json()
    assert (ended["outcome"], len(ended["digest"]), len(ended["turns"])) == ("r", 64, 4)
    assert client.get(at, headers=header).json() == ended
    assert client.post(f"{at}/turns", json={"text": "x"}, headers=header).status_code == 409


@pytest.mark.parametrize("wrong", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_valid_token_nothing_is_told(
    client: TestClient, header: dict[str, str], wrong: dict[str, str]
) -> None:
    at = started(client, header)
    for answer in (
        client.get(at, headers=wrong),
        client.post(f"{at}/turns", json={"text": "x"}, headers=wrong),
        client.post(f"{at}/finish", json={"outcome": "resisted"}, headers=wrong),
        client.post("/red-team/external/sessions", json={"model": "assistant", "domain": "cyber"}, headers=wrong),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "external.token"


@pytest.mark.parametrize(
    ("method", "place", "content", "status"),
    [
        ("post", "", b'{"model": "organism:rules?seed=1", "domain": "cyber"}', 403),
        ("post", "", b'{"model": "assistant", "domain": "bio"}', 403),
        ("post", "", b'{"model": "assistant"}', 400),
        ("post", "", b'{"model": "assistant", "domain": "cyber", "by": "me"}', 400),
        ("post", "", b'{"model": 1, "domain": "cyber"}', 400),
        ("post", "", b"{", 400),
        ("post", "/s-0/turns", b'{"text": "x"}', 404),
        ("get", "/s-0", b"", 404),
        ("post", "", b" " * (2 * 1024 * 1024 + 1), 413),
    ],
)
def test_what_is_wrong_has_the_status_of_its_kind(
    client: TestClient, header: dict[str, str], method: str, place: str, content: bytes, status: int
) -> None:
    more: dict[str, Any] = {} if method == "get" else {"content": content}
    answer = client.request(method, f"/red-team/external/sessions{place}", headers=header, **more)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "message", "hint"}


def test_an_error_of_the_model_is_told_as_it_is(client: TestClient, header: dict[str, str]) -> None:
    at = started(client, header)
    answer = client.post(f"{at}/turns", json={"text": "raise Unavailable"}, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (503, "parrot.asked")
