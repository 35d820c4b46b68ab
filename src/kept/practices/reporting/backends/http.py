"""Fetches somebody's published report over HTTP: bounded in size, time, files and redirects."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from kept.core.statement import Envelope
from kept.errors import Invalid, NotFound, Unavailable, Unverified
from kept.practices.reporting.backends.filesystem import LARGE, LIMIT, MANY, MEBIBYTE, NAME
from kept.practices.reporting.records import MANIFEST, Files

SCHEMES = ("http", "https")
REDIRECTS = 3
AT_ONCE = 4
TOGETHER = 512 * MEBIBYTE
MANIFEST_LIMIT = 8 * MEBIBYTE


class HttpSource:
    """Reads the manifest, then every file that it names; whatever else is at the address is not looked for."""

    async def fetch(self, where: str, *, seconds: float) -> Files:
        """The files of the report at an address.

        Raises Invalid for another address than one of HTTP, NotFound where there is no manifest, Unverified for one
        that names what no report holds, and Unavailable where the server fails or a bound is reached.
        """
        base = _base(where)
        budget = _Budget(TOGETHER)
        try:
            async with asyncio.timeout(seconds), _session() as session:
                manifest = await _get(session, base / MANIFEST, limit=MANIFEST_LIMIT, budget=budget)
                if manifest is None:
                    raise NotFound(f"There is no report at {base}: it has no {MANIFEST}.", code="report.missing")
                found = {MANIFEST: manifest}
                found |= await _files(session, base, _names(manifest), budget)
                return Files(found)
        except TimeoutError as error:
            raise Unavailable(f"{base} was not read within {seconds:g} s.", code="monitor.timeout") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unavailable(f"{base} can't be reached: {error}.", code="monitor.unreachable") from error


@dataclass(slots=True)
class _Budget:
    """The bytes that all files together may still have."""

    left: int

    def take(self, number: int) -> None:
        self.left -= number
        if self.left < 0:
            raise Unavailable(f"The report has more than {TOGETHER} bytes; no more are read.", code="monitor.size")


def _base(where: str) -> URL:
    try:
        url = URL(where)
    except ValueError as error:
        raise Invalid(f"{where[:200]!r} is not an address: {error}.", code="monitor.address") from error
    if url.scheme not in SCHEMES or not url.host or url.user or url.password:
        raise Invalid(
            f"{where[:200]!r} is not an address that can be watched.",
            code="monitor.address",
            hint="Name the folder of a report, by http: or https:, without a name and a password.",
        )
    page = url.name if url.name.endswith((".html", ".json")) else ""
    folder = url.parent if page else url
    return folder.with_query(None).with_fragment(None)


def _session() -> aiohttp.ClientSession:
    # Compression is refused, so that what is received is what is counted.
    return aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "identity"})


def _names(manifest: bytes) -> list[str]:
    names = [subject.name for subject in Envelope.parse(manifest).statement().subjects]
    strange = [name for name in names if not NAME.fullmatch(name)]
    if strange or len(names) > MANY:
        what = f"a file called {strange[0][:200]!r}" if strange else f"more than {MANY} files"
        raise Unverified(f"The manifest names {what}, which no report holds.", code="report.manifest")
    return names


async def _files(session: aiohttp.ClientSession, base: URL, names: list[str], budget: _Budget) -> Mapping[str, bytes]:
    """The files that are there; one that is not is left out, so that the verification names it."""
    turn = asyncio.Semaphore(AT_ONCE)
    found: dict[str, bytes] = {}

    async def one(name: str) -> None:
        async with turn:
            data = await _get(session, base / name, limit=LARGE.get(name, LIMIT), budget=budget)
        if data is not None:
            found[name] = data

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except ExceptionGroup as failed:
        # The first that failed ended the others; what it says is what is wrong.
        raise failed.exceptions[0] from failed
    return found


async def _get(session: aiohttp.ClientSession, url: URL, *, limit: int, budget: _Budget) -> bytes | None:
    for _ in range(REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as response:
            if response.status in (301, 302, 303, 307, 308):
                url = _onward(url, response.headers.get("Location", ""))
                continue
            if response.status in (404, 410):
                return None
            if response.status != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
                raise Unavailable(f"{url} answers {response.status}, in no form that is read.", code="monitor.answer")
            return await _bounded(response, url, limit, budget)
    raise Unavailable(f"{url} was redirected more than {REDIRECTS} times.", code="monitor.redirects")


def _onward(url: URL, location: str) -> URL:
    target = url.join(URL(location))
    if target.scheme not in SCHEMES or (url.scheme == "https" and target.scheme != "https"):
        raise Unavailable(f"{url} redirects to {str(target)[:200]}, which is not followed.", code="monitor.redirects")
    return target


async def _bounded(response: aiohttp.ClientResponse, url: URL, limit: int, budget: _Budget) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(MEBIBYTE // 4):
        size += len(part)
        budget.take(len(part))
        if size > limit:
            raise Unavailable(f"{url} has more than {limit} bytes, which is all that is read.", code="monitor.size")
        parts.append(part)
    return b"".join(parts)


HTTP = HttpSource()
