"""Bodies that are too long, whatever is said of their length."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from kept.surfaces.guard.bodies import Bodies

LIMIT = 4096
taken: list[int] = []


async def counting(scope: Any, receive: Any, send: Any) -> None:
    await application(scope, receive, send)


application = FastAPI()


@application.post("/")
async def post(request: Request) -> int:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        taken.append(len(chunk))
    return size


def client() -> TestClient:
    from kept.surfaces.answers import add_errors

    add_errors(application)
    return TestClient(Bodies(application, LIMIT))


def test_a_gigabyte_is_refused_before_it_is_taken() -> None:
    taken.clear()
    answer = client().post("/", content=b"x", headers={"content-length": str(1 << 30)})
    assert (answer.status_code, answer.json()["code"], answer.headers["connection"]) == (413, "web.body", "close")
    assert taken == []


def test_one_that_comes_in_pieces_is_refused_when_it_is_too_long() -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 1024

    answer = client().post("/", content=pieces())
    assert (answer.status_code, answer.json()["code"]) == (413, "web.body")


def test_one_that_fits_is_taken() -> None:
    assert client().post("/", content=b"x" * LIMIT).json() == LIMIT
