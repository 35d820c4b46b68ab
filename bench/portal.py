"""Pages of the portal at 32 connections, by a server on one core and a reader on the other; SQLite and PostgreSQL.

Two pages at length, and then every page that a person can open, in a workspace in which each has something to show. A
page is made once for all who ask the same at the same time, so beside it stands how many a second are made where no two
requests ask the same.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kept.app import App
from simulators import portal_pages
from simulators.parrot import Parrot
from simulators.postgres_server import find_binaries, postgres_server

KEPT = str(Path(sys.executable).with_name("kept"))
RATE, P99_SECONDS, CONNECTIONS = 300, 0.100, 32
SERVER_CORE, READER_CORE = 0, max(os.sched_getaffinity(0))
TICK = os.sysconf("SC_CLK_TCK")
# A public page, and one that asks the database who has signed in and what keys they have; and who opens it.
PAGES = {"front page": ("/", ""), "account page of who signed in": ("/account", "staff")}


@contextmanager
def workspace(folder: Path, url: str) -> Iterator[Path]:
    place = folder / "acme"
    subprocess.run([KEPT, "init", place, "--name", "Acme AI"], check=True, capture_output=True)
    settings = place / "kept.toml"
    if url:
        settings.write_text(settings.read_text().replace("sqlite:///store.db", url))
    settings.write_text(settings.read_text().replace("[models]\n", f"[models]\n{portal_pages.SETTINGS}\n"))
    yield place


@contextmanager
def server(place: Path) -> Iterator[tuple[str, int]]:
    command = [KEPT, "-w", place, "serve", "--port", "0", "--rate", "1e9", "--burst", "1e9", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        told = ""
        while not told.rstrip().endswith("}"):
            told += process.stdout.readline()
        yield json.loads(told)["url"], process.pid
        process.send_signal(signal.SIGINT)
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def read(
    address: str, cookies: dict[str, str], seconds: float, *, status: int = 200, is_same: bool = True
) -> list[float]:
    """How long each answer took, of as many as 32 connections of a browser that was here before get in some seconds."""
    taken: list[float] = []
    each, joint = itertools.count(), "&" if "?" in address else "?"

    async def one(client: aiohttp.ClientSession, end: float) -> None:
        while (begun := time.perf_counter()) < end:
            asked = address if is_same else f"{address}{joint}nth={next(each)}"
            async with client.get(asked, allow_redirects=False) as answer:
                await answer.read()
                assert answer.status == status, (asked, answer.status)
            taken.append(time.perf_counter() - begun)

    # It sends back the cookies that it was given, also to an address without a name.
    jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(limit=CONNECTIONS)
    headers = {"Accept": "text/html"}
    async with aiohttp.ClientSession(connector=connector, headers=headers, cookies=cookies, cookie_jar=jar) as client:
        await (await client.get(address, allow_redirects=False)).read()
        end = time.perf_counter() + seconds
        await asyncio.gather(*(one(client, end) for _ in range(CONNECTIONS)))
    return sorted(taken)


def filled(place: Path) -> portal_pages.Shown:
    """A workspace in which every page has something to show, and the cookies of whoever opens them."""
    opened = App.open(place)
    opened.open_model = lambda address, **_: Parrot()
    made = portal_pages.Shown("", opened)
    for prepare in portal_pages.PREPARED:
        prepare(made)
    opened.close()
    return made


def measure(name: str, url: str, seconds: float) -> list[dict[str, Any]]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="kept-bench-") as folder, workspace(Path(folder), url) as place:
        made = filled(place)
        with server(place) as (address, pid):
            for page, (path, who) in PAGES.items():
                cookie = made.cookies.get(who, {})
                asyncio.run(read(address + path, cookie, 1))
                before = cpu_seconds(pid)
                taken = asyncio.run(read(address + path, cookie, seconds))
                used = cpu_seconds(pid) - before
                anew = asyncio.run(read(address + path, cookie, seconds / 4, is_same=False))
                detail = {
                    "answers_per_cpu_second": round(len(taken) / used),
                    "anew_each": round(len(anew) * 4 / seconds),
                }
                rows += told(f"{page}, {name}", taken, seconds, detail)
            rows += slowest(name, address, made, seconds / 8)
    return rows


def slowest(name: str, address: str, made: portal_pages.Shown, seconds: float) -> list[dict[str, Any]]:
    """Of every page that a person can open, that of which fewest are answered, and that which makes wait longest."""
    found: dict[str, list[float]] = {}
    anew: dict[str, int] = {}
    for page in portal_pages.PAGES:
        at, cookie = address + page.address(made), made.cookies.get(page.who, {})
        asyncio.run(read(at, cookie, seconds / 4, status=page.status))
        found[str(page)] = asyncio.run(read(at, cookie, seconds, status=page.status))
        others = asyncio.run(read(at, cookie, seconds / 2, status=page.status, is_same=False))
        anew[str(page)] = round(len(others) * 2 / seconds)
    fewest = min(found, key=lambda page: len(found[page]))
    longest = max(found, key=lambda page: late(found[page]))
    costliest = min(anew, key=lambda page: anew[page])
    detail = {"pages": len(found), "which": fewest, "anew each, the least": f"{anew[costliest]} ({costliest})"}
    rate, _ = told(f"the slowest of {len(found)} pages, {name}", found[fewest], seconds, detail)
    _, wait = told(f"the slowest of {len(found)} pages, {name}", found[longest], seconds, {})
    wait["detail"] |= {"which": longest}
    return [rate, wait]


def late(taken: list[float]) -> float:
    return taken[int(len(taken) * 0.99)]


def told(what: str, taken: list[float], seconds: float, more: dict[str, Any]) -> list[dict[str, Any]]:
    rate, last = len(taken) / seconds, late(taken)
    detail = {"connections": CONNECTIONS, "answers": len(taken), **more}
    return [
        {
            "what": what,
            "reach": f"≥ {RATE} requests/s",
            "measured": round(rate),
            "unit": "requests/s",
            "holds": rate >= RATE,
            "detail": {**detail, "median_ms": round(taken[len(taken) // 2] * 1000, 1)},
        },
        {
            "what": f"99 of 100 answers: {what}",
            "reach": f"≤ {P99_SECONDS * 1000:g} ms",
            "measured": round(last * 1000, 1),
            "unit": "ms",
            "holds": last <= P99_SECONDS,
            "detail": {"connections": CONNECTIONS},
        },
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    seconds = 3.0 if parser.parse_args().quick else 20.0
    os.environ.setdefault("KEPT_STATE", tempfile.mkdtemp(prefix="kept-bench-state-"))
    os.sched_setaffinity(0, {READER_CORE})
    rows = measure("SQLite", "", seconds)
    binaries = find_binaries()
    with postgres_server(binaries) if binaries else nullcontext() as postgres:
        if postgres is not None:
            rows += measure("PostgreSQL", postgres.new_database(), seconds)
    print(json.dumps({"bench": "portal", "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
