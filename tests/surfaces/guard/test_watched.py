"""What is written down of a request, and what is not."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from kept.errors import Invalid
from kept.interface import multipart
from kept.surfaces.guard import logs
from kept.surfaces.guard.meters import Meters
from kept.surfaces.guard.watched import Watched

room = APIRouter()


@room.get("/{number}")
def report(number: str) -> str:
    if number == "r-dead":
        raise LookupError(f"no {number} of ada@acme.example")
    return number


application = FastAPI()
application.include_router(room, prefix="/reports")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.begin(requests=True, stream=stream)
    yield stream
    for name in ("kept", "uvicorn", "python_multipart"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)


def test_a_line_tells_the_route_and_nothing_of_the_person(written: io.StringIO) -> None:
    client = TestClient(Watched(application, Meters(), application.routes))
    answer = client.get("/reports/r-beef?receipt=secret", headers={"user-agent": "Ada's browser"})
    told = json.loads(written.getvalue())
    assert (told["route"], told["status"], told["method"], told["level"]) == ("/reports/{number}", 200, "GET", "info")
    assert told["request"] == answer.headers["x-request-id"]
    assert set(told) == {"time", "level", "logger", "message", "request", "method", "route", "status", "ms"}
    for personal in ("r-beef", "secret", "testclient", "Ada"):
        assert personal not in written.getvalue()


def test_what_was_unforeseen_is_written_down_without_its_words_and_the_next_is_answered(written: io.StringIO) -> None:
    client = TestClient(Watched(application, Meters(), application.routes))
    answer = client.get("/reports/r-dead")
    assert answer.status_code == 500
    assert "ada@acme.example" not in answer.text + written.getvalue()
    first = json.loads(written.getvalue().splitlines()[0])
    assert (first["error"], first["level"], first["request"]) == (
        "LookupError",
        "error",
        answer.headers["x-request-id"],
    )
    assert first["at"][-1].endswith(" report")
    assert client.get("/reports/r-1").status_code == 200


def test_what_a_stranger_s_form_holds_is_not_written_down(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with pytest.raises(Invalid):
            multipart.read(b"ada@acme.example", "multipart/form-data; boundary=b")
    logging.getLogger("python_multipart.multipart").error("its temporary file can't be opened")
    assert [json.loads(line)["level"] for line in written.getvalue().splitlines()] == ["error"]
    assert capsys.readouterr().err == ""


def test_meters_have_templates_for_labels_and_cannot_grow() -> None:
    meters = Meters()
    client = TestClient(Watched(application, meters, application.routes))
    for number in range(50):
        client.get(f"/reports/r-{number}")
        client.get(f"/no-such-page-{number}")
        client.request(f"ODD{number}", "/reports/r-1")
    shown = meters.shown().decode()
    assert 'kept_requests_total{method="GET",route="/reports/{number}",status="200"} 50.0' in shown
    assert 'route="none",status="404"' in shown
    assert "r-7" not in shown
    assert "ODD" not in shown
    assert "kept_requests_open 0.0" in shown
