"""What may be kept has a digest, and is sent once; what is private has none, and nothing of it is told by a 304."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient

from kept.interface.portal import address
from kept.interface.portal.words import FRAME
from kept.surfaces.guard.unchanged import LONGEST, Unchanged
from simulators.portal import COOKIE, Portal, new_browser, portal

KEPT = {"Cache-Control": "public, max-age=60"}
application = FastAPI()
ANSWERS: dict[str, Any] = {
    "kept": lambda: Response("a", headers=KEPT),
    "private": lambda: Response("a", headers={"Cache-Control": "private, no-store"}),
    "unsaid": lambda: Response("a"),
    "cookie": lambda: Response("a", headers={**KEPT, "Set-Cookie": "a=b"}),
    "pieces": lambda: StreamingResponse(iter([b"a", b"b"]), headers=KEPT),
    "long": lambda: Response(bytes(LONGEST + 1), headers=KEPT),
    "missing": lambda: Response("a", 404, headers=KEPT),
}


@application.get("/{name}")
async def get(request: Request, name: str) -> Response:
    if name == "kept" and "gzip" in request.headers["accept-encoding"]:
        return Response("packed", headers={**KEPT, "X-As": "it was"})
    found: Response = ANSWERS[name]()
    return found


@application.post("/kept")
async def post() -> Response:
    return Response("a", headers=KEPT)


client = TestClient(Unchanged(application))


def test_what_may_be_kept_is_sent_once_and_again_when_it_differs() -> None:
    plain = {"accept-encoding": "identity"}
    first = client.get("/kept", headers=plain)
    tag = first.headers["etag"]
    assert re.fullmatch('W/"[0-9a-f]{32}"', tag)
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get("/kept", headers={**plain, "if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == KEPT["Cache-Control"]
        assert "content-length" not in again.headers
    for other in ('"other"', tag[:-2] + '"', "", f"{'x' * 5000}, {tag}"):
        assert client.get("/kept", headers={**plain, "if-none-match": other}).content == b"a"
    packed = client.get("/kept", headers={"accept-encoding": "gzip", "if-none-match": tag})
    assert (packed.content, packed.headers["x-as"]) == (b"packed", "it was")


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"kept"}))
def test_everything_else_passes_as_it_is(name: str) -> None:
    answer = client.get(f"/{name}", headers={"if-none-match": "*"})
    assert answer.status_code == (404 if name == "missing" else 200)
    assert answer.content
    assert "etag" not in answer.headers


def test_what_is_sent_is_never_held_against_what_somebody_has() -> None:
    assert client.post("/kept", headers={"if-none-match": "*"}).status_code == 200


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patched, portal(tmp_path_factory.mktemp("unchanged"), patched) as found:
        yield found


def test_a_public_page_differs_by_language_and_is_another_for_whoever_signed_in(opened: Portal) -> None:
    english = opened.client.get("/")
    tag = english.headers["etag"]
    assert english.headers["cache-control"] == "private, no-cache"
    assert english.headers["vary"] == "Cookie, Accept-Language"
    known = {"if-none-match": tag}
    again = opened.client.get("/", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == english.headers["content-security-policy"]
    german = opened.client.get("/", headers={**known, "accept-language": "de"})
    assert (german.status_code, '<html lang="de"' in german.text) == (200, True)
    # A choice of language sets a cookie, and is never answered from what somebody has.
    assert "etag" not in opened.client.get("/?lang=fr", headers=known).headers
    account = opened.app.accounts.invite("ada", roles=["admin"])
    signed_in = new_browser(opened.asgi)
    signed_in.cookies[COOKIE] = opened.app.accounts.open_session(account)
    for path in ("/", "/account", "/accounts"):
        page = signed_in.get(path, headers={"if-none-match": f"{tag}, *"})
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in page.headers
        assert "ada" in page.text


def test_static_files_are_sent_once_in_each_encoding(opened: Portal) -> None:
    where = address(FRAME, "portal.css")
    tags = {
        encoding: opened.client.get(where, headers={"accept-encoding": encoding}).headers["etag"]
        for encoding in ("gzip", "identity")
    }
    assert len(set(tags.values())) == 2
    for encoding, tag in tags.items():
        again = opened.client.get(where, headers={"accept-encoding": encoding, "if-none-match": tag})
        assert (again.status_code, again.headers["vary"]) == (304, "Accept-Encoding")
