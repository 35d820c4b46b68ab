"""The checker for programs: a coarse answer, documented, in the caller's language; and nothing of an upload stays."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.practices.provenance.records import Evidence, ManifestFinding, RegistryFinding, WatermarkFinding
from kept.practices.provenance.web.words import texts
from simulators.planted_room import MODEL, NAME, PlantedRoom, picture

MARKED = Evidence(
    ManifestFinding(), WatermarkFinding("found", 7, 9, "mk-1", 1e-40), RegistryFinding("resolved", MODEL, 9)
)
PATHS = ["/provenance/", "/provenance/check", "/provenance/matches/byContent", "/provenance/matches/byBinding"]


def test_a_file_is_answered_with_a_verdict_whatever_it_is_called(client: TestClient, room: PlantedRoom) -> None:
    content = room.plant(picture(), MARKED)
    raw = client.post("/provenance/check", content=content, headers={"Content-Type": "audio/mpeg"})
    form = client.post("/provenance/check", files={"file": ("x.mp3", content, "audio/mpeg")})
    assert raw.status_code == 200
    assert raw.json() == form.json()
    assert room.checked == ["image/png"] * 2
    told = raw.json()
    assert (told["verdict"], told["origin"], told["model"], told["p_value"]) == ("recovered", "ours", NAME, "1e-9")
    assert raw.headers["cache-control"] == "no-store"


def test_the_words_are_in_the_language_that_was_asked_for(client: TestClient, room: PlantedRoom) -> None:
    content = room.plant(picture(), Evidence(watermark=MARKED.watermark, registry=RegistryFinding("unknown")))
    told = client.post("/provenance/check?lang=sw", content=content).json()
    assert told["conflicts"] == [{"code": "unregistered-mark", "words": texts("sw")["conflicts"]["unregistered-mark"]}]
    assert told["title"] == texts("sw")["verdict"]["none-unknown"]["title"]


def test_the_answer_and_its_coarseness_are_described(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    check = document["paths"]["/provenance/check"]["post"]
    assert {"200", "400", "413", "415", "429", "503"} <= set(check["responses"])
    assert "multipart/form-data" in check["requestBody"]["content"]
    assert "no score" in check["description"].replace("\n", " ")
    shape = document["components"]["schemas"]["PublicVerdict"]["properties"]
    assert shape["p_value"]["anyOf"][0]["enum"] == ["1e-9", "1e-6", "1e-3", "1"]
    assert not {"score", "geometry", "content_id", "fingerprint", "key_id"} & set(shape)


def test_checks_of_all_kinds_come_out_of_one_allowance_and_looking_does_not(build: Callable[..., ASGIApp]) -> None:
    client = TestClient(build(checks_burst=3))
    assert all(client.get("/provenance/").status_code == 200 for _ in range(20))
    for path in PATHS[:3]:
        assert client.post(path, content=picture()).status_code == 200
    for path in PATHS[:3]:
        answer = client.post(path, content=picture())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_nothing_of_an_upload_stays_behind(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: Any, **__: Any) -> Any:
        raise AssertionError("a temporary file was made")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    # What picture libraries complain of goes through a TemporaryFile; content goes through none.
    for name in ("mkstemp", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, made)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    descriptors = len(os.listdir("/proc/self/fd"))
    large = picture(width=1800, height=1400)
    assert len(large) > 1 << 20
    for content in (large, large[:-9], b"no picture"):
        client.post("/provenance/check", files={"file": ("private.png", content)})
        client.post("/provenance/", files={"file": ("private.png", content)})
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2


@pytest.fixture
def documented(client: TestClient) -> dict[str, set[int]]:
    """The statuses that a path itself may answer a POST with, and not those that stand there for every path."""
    paths = client.get("/openapi.json").json()["paths"]
    everywhere = {"422", "4XX", "5XX"}
    found = {path: {int(one) for one in {*paths[path]["post"]["responses"]} - everywhere} for path in PATHS[1:]}
    return {**found, "/provenance/": found["/provenance/check"]}


HEADERS = st.sampled_from(
    [
        *(
            "",
            "image/png",
            "video/mp4",
            "text/html",
            "application/json",
            "multipart/form-data",
            "x" * 300,
            "a/b; c=\x00",
        ),
        "multipart/form-data; boundary=b",
    ]
)
HEADS = st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF____WEBP", b"II*\0", b"--b\r\n", b"{"])
FUZZED = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@FUZZED
@given(st.sampled_from(PATHS), HEADS, st.binary(max_size=200), HEADERS, st.text(max_size=10))
def test_whatever_is_sent_is_answered_with_a_status_that_is_documented(
    client: TestClient, documented: dict[str, set[int]], path: str, head: bytes, rest: bytes, kind: str, text: str
) -> None:
    parameters = {"lang": text, "maxResults": text, "alg": text}
    answer = client.post(path, content=head + rest, headers={"Content-Type": kind.encode()}, params=parameters)
    assert answer.status_code in documented[path]


@FUZZED
@given(st.text(max_size=30), st.text(max_size=3000), st.integers() | st.text(max_size=5))
def test_whatever_is_asked_is_answered_with_a_status_that_is_documented(
    client: TestClient, alg: str, value: str, most: Any
) -> None:
    parameters = {"alg": alg, "value": value, "maxResults": most}
    assert client.get("/provenance/matches/byBinding", params=parameters).status_code in (200, 400, 414)
    posted = client.post("/provenance/matches/byBinding", json={"alg": alg, "value": value})
    assert posted.status_code in (200, 400, 413)
