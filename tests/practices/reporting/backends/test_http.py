"""Somebody's report over HTTP, from servers that behave and from servers that don't."""

import asyncio
import gzip
from collections.abc import Mapping

import pytest
from aiohttp import web

from kept.errors import Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.reporting.backends import http
from kept.practices.reporting.backends.http import HTTP
from kept.practices.reporting.records import MANIFEST
from simulators.forger import signed
from simulators.provider import Provider
from simulators.published_site import Answer, served

REPORT_JSON = "acme/report/report.json"


def fetched(
    files: Mapping[str, bytes], answers: dict[str, Answer] | None = None, *, page: str = ""
) -> Mapping[str, bytes]:
    async def work() -> Mapping[str, bytes]:
        async with served(files, answers) as site:
            return (await HTTP.fetch(site.url + page, seconds=20)).contents

    return asyncio.run(work())


def refused(files: Mapping[str, bytes], name: str, answer: Answer, *, seconds: float = 20.0) -> KeptError:
    async def work() -> None:
        async with served(files, {name: answer}) as site:
            await HTTP.fetch(site.url, seconds=seconds)

    with pytest.raises(KeptError) as caught:
        asyncio.run(work())
    return caught.value


@pytest.mark.parametrize("page", ["", "index.html", "report.json?now#here"])
def test_every_file_of_the_manifest_is_fetched(files: dict[str, bytes], page: str) -> None:
    assert fetched(files, page=page) == files


def test_nothing_but_the_report_is_asked_for(files: dict[str, bytes]) -> None:
    async def work() -> list[str]:
        async with served(files) as site:
            await HTTP.fetch(site.url, seconds=20)
            return site.asked

    assert sorted(asyncio.run(work())) == sorted(f"acme/report/{name}" for name in files)


def test_a_file_that_is_not_there_is_left_for_the_verification_to_name(files: dict[str, bytes]) -> None:
    less = {name: data for name, data in files.items() if name != "catalog.json"}
    assert "catalog.json" not in fetched(less)


def test_without_a_manifest_there_is_no_report(files: dict[str, bytes]) -> None:
    with pytest.raises(NotFound, match=r"no manifest\.json"):
        fetched({name: data for name, data in files.items() if name != MANIFEST})


@pytest.mark.parametrize("where", ["ftp://x.example/", "file:///etc/passwd", "http://", "http://a:b@x.example/", "x"])
def test_other_addresses_are_invalid(where: str) -> None:
    with pytest.raises(Invalid):
        asyncio.run(HTTP.fetch(where, seconds=1))


def test_a_redirect_is_followed_a_few_times_and_to_http_alone(files: dict[str, bytes]) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/acme/report/moved.json")

    async def there(request: web.Request) -> web.StreamResponse:
        return web.Response(body=files["report.json"])

    assert fetched(files, {REPORT_JSON: moved, "acme/report/moved.json": there}) == files

    async def again(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.path)

    assert refused(files, REPORT_JSON, again).code == "monitor.redirects"

    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("file:///etc/passwd")

    assert refused(files, REPORT_JSON, away).code == "monitor.redirects"


def test_a_flood_a_stall_and_a_bomb_end_at_their_bounds(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGE", {"report.json": 100_000})

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError:
            return response

    assert refused(files, REPORT_JSON, flood).code == "monitor.size"

    async def stall(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    assert refused(files, REPORT_JSON, stall, seconds=0.5).code == "monitor.timeout"

    async def bomb(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(bytes(1 << 20)), headers={"Content-Encoding": "gzip"})

    assert refused(files, REPORT_JSON, bomb).code == "monitor.answer"
    monkeypatch.setattr(http, "TOGETHER", 10_000)
    assert refused(files, "nothing", stall).code == "monitor.size"


def test_a_server_that_fails_or_is_not_there_is_unavailable(files: dict[str, bytes]) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    assert isinstance(refused(files, REPORT_JSON, broken), Unavailable)
    with pytest.raises(Unavailable):
        asyncio.run(HTTP.fetch("http://127.0.0.1:9/", seconds=5))


@pytest.mark.parametrize("name", ["../secret", "http://x.example/a", "outcomes/../../x", "a?b"])
def test_a_manifest_can_t_send_the_reader_elsewhere(published: Provider, files: dict[str, bytes], name: str) -> None:
    with pytest.raises(Unverified, match="no report holds"):
        fetched(signed({**files, name: b"x"}, published.key))
