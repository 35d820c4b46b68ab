"""The check page without a browser: each verdict in each language, errors with their status, static files."""

import re
import sys
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.practices.provenance.records import (
    Evidence,
    FingerprintFinding,
    ManifestFinding,
    RegistryFinding,
    WatermarkFinding,
)
from kept.practices.provenance.web.words import LANGUAGES, texts
from simulators.planted_room import MODEL, NAME, PlantedRoom, picture

ENTRY = RegistryFinding("resolved", MODEL, 9)
MARK = WatermarkFinding("found", 7, 9, "mk-1", 1e-40)
EVIDENCE = {
    "trusted-manifest-ours": Evidence(ManifestFinding("ours", "Acme AI", model=MODEL, content=9, development=True)),
    "trusted-manifest-other": Evidence(ManifestFinding("other", signer="<b>Camera & Co</b>")),
    "trusted-manifest-unknown": Evidence(ManifestFinding("other", "Camera & Co", "digitalCapture"), MARK, ENTRY),
    "recovered-ours": Evidence(ManifestFinding(), MARK, ENTRY, FingerprintFinding("agrees", 9, 0.9, 100)),
    "fingerprint-only-ours": Evidence(
        registry=RegistryFinding("unknown"), fingerprint=FingerprintFinding("agrees", 9, 0.9, 100, True)
    ),
    "copied-mark-unknown": Evidence(ManifestFinding(), MARK, ENTRY, FingerprintFinding("disagrees", 9, 0.1, 100)),
    "tampered-ours": Evidence(ManifestFinding("broken", signer="Acme AI"), MARK, ENTRY),
    "tampered-unknown": Evidence(ManifestFinding("invalid")),
    "none-unknown": Evidence(ManifestFinding("unchecked")),
}


def posted(client: TestClient, content: bytes, language: str = "en") -> tuple[int, str]:
    answer = client.post("/provenance/", params={"lang": language}, files={"file": ("my-name.png", content)})
    return answer.status_code, answer.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EVIDENCE)
def test_a_posted_form_shows_each_verdict_in_each_language(
    client: TestClient, room: PlantedRoom, kind: str, language: str
) -> None:
    content = room.plant(picture(3), EVIDENCE[kind])
    status, page = posted(client, content, language)
    assert status == 200
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    said = texts(language)["verdict"][kind]
    for name in ("title", "text", "proves", "limits"):
        assert said[name].format(organisation="Acme AI") in unescape(page)
    assert f'data-verdict="{kind}"' in page
    assert "my-name" not in page


def test_facts_conflicts_and_what_was_not_checked_are_shown_and_escaped(client: TestClient, room: PlantedRoom) -> None:
    _, page = posted(client, room.plant(picture(), EVIDENCE["trusted-manifest-unknown"]))
    assert NAME in page
    assert texts("en")["certainty"]["1e-9"] in page
    assert 'data-code="camera-manifest"' in page
    _, page = posted(client, room.plant(picture(), EVIDENCE["trusted-manifest-other"]))
    assert "<bdi>&lt;b&gt;Camera &amp; Co&lt;/b&gt;</bdi>" in page
    _, page = posted(client, room.plant(picture(), EVIDENCE["trusted-manifest-ours"]))
    assert texts("en")["manifest"]["development"] in page
    _, page = posted(client, room.plant(picture(), EVIDENCE["copied-mark-unknown"]))
    assert texts("en")["labels"]["conflicts"] not in page
    _, page = posted(client, room.plant(picture(), EVIDENCE["none-unknown"]))
    assert texts("en")["unchecked"]["manifest"] in page


def test_the_reader_is_answered_in_the_language_that_the_browser_asks_for(client: TestClient) -> None:
    answer = client.get("/provenance/", headers={"Accept-Language": "it, sw;q=0.8, ar;q=0.9"})
    assert 'lang="ar" dir="rtl"' in answer.text
    assert "Accept-Language" in answer.headers["vary"]
    assert (answer.headers["cache-control"], answer.headers["content-type"]) == ("no-store", "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 400, "missing"),
        (b"plain text", 415, "kind"),
        (picture()[:200], 400, "unreadable"),
        (picture() + bytes(1 << 21), 413, "large"),
    ],
)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_what_can_not_be_checked_is_said_in_the_readers_words(
    build: Callable[..., ASGIApp], content: bytes, status: int, told: str, language: str
) -> None:
    found, page = posted(TestClient(build(upload_bytes=1 << 20)), content, language)
    assert found == status
    assert escape(texts(language)["errors"][told].format(megabytes="1")) in page
    assert 'data-verdict="error"' in page


def test_too_many_checks_and_a_checker_out_of_order_are_said_too(
    build: Callable[..., ASGIApp], room: PlantedRoom
) -> None:
    client = TestClient(build(checks_burst=1))
    assert posted(client, picture())[0] == 200
    answer = client.post("/provenance/?lang=es", content=picture())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert texts("es")["errors"]["often"] in answer.text
    room.offline = True
    status, page = posted(TestClient(build()), picture())
    assert status == 503
    assert texts("en")["errors"]["busy"] in unescape(page)


def test_everything_that_the_page_loads_is_its_own_and_may_be_kept(client: TestClient) -> None:
    page = client.get("/provenance/").text
    assert not re.search(r"https?://|<style|style=|onclick|<script(?! type=\"module\" src)", page)
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert {Path(one).suffix for one in loaded} == {".css", ".js", ".svg"}
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    for one in loaded:
        answer = client.get(one)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kinds[Path(one).suffix]
        assert "immutable" in answer.headers["cache-control"]


def test_the_package_holds_what_is_served() -> None:
    folder = Path(sys.modules["kept.practices.provenance.web"].__file__ or "").parent
    assert {path.suffix for path in (folder / "static").iterdir()} == {".css", ".js", ".svg"}
    assert {path.stem for path in (folder / "words").iterdir()} == set(LANGUAGES)
