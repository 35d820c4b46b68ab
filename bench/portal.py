"""Pages of the portal at 32 connections, by a server on one core and a reader on the other; SQLite and PostgreSQL."""

import argparse
import asyncio
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
from kept.surfaces.portal.cookies import SESSION
from simulators.postgres_server import find_binaries, postgres_server

KEPT = str(Path(sys.executable).with_name("kept"))
RATE, P99_SECONDS, CONNECTIONS = 300, 0.100, 32
SERVER_CORE, READER_CORE = 0, max(os.sched_getaffinity(0))
TICK = os.sysconf("SC_CLK_TCK")
# A public page, a page that asks the database who has signed in and what keys they have, and a static file.
PAGES = {"front page": "/", "account page of who signed in": "/account"}


@contextmanager
def workspace(folder: Path, url: str) -> Iterator[Path]:
    place = folder / "acme"
    subprocess.run([KEPT, "init", place, "--name", "Acme AI"], check=True, capture_output=True)
    if url:
        settings = place / "kept.toml"
        settings.write_text(settings.read_text().replace("sqlite:///store.db", url))
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


async def read(address: str, cookie: str, seconds: float) -> list[float]:
    """How long each answer took, of as many as 32 connections get in so many seconds."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    headers = {"Accept": "text/html", "Cookie": cookie} if cookie else {"Accept": "text/html"}

    async def one(client: aiohttp.ClientSession) -> None:
        while (begun := time.perf_counter()) < end:
            async with client.get(address, allow_redirects=False) as answer:
                await answer.read()
                assert answer.status == 200, answer.status
            taken.append(time.perf_counter() - begun)

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as client:
        await asyncio.gather(*(one(client) for _ in range(CONNECTIONS)))
    return sorted(taken)


def measure(name: str, url: str, seconds: float) -> list[dict[str, Any]]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="kept-bench-") as folder, workspace(Path(folder), url) as place:
        opened = App.open(place)
        account = opened.accounts.invite("ada", roles=["admin"])
        cookie = f"{SESSION}={opened.accounts.open_session(account)}"
        opened.close()
        with server(place) as (address, pid):
            for page, path in PAGES.items():
                asyncio.run(read(address + path, cookie, 1))
                before = cpu_seconds(pid)
                taken = asyncio.run(read(address + path, cookie if path != "/" else "", seconds))
                used = cpu_seconds(pid) - before
                rows += told(f"{page}, {name}", taken, seconds, used)
    return rows


def told(what: str, taken: list[float], seconds: float, used: float) -> list[dict[str, Any]]:
    rate, last = len(taken) / seconds, taken[int(len(taken) * 0.99)]
    detail = {"connections": CONNECTIONS, "answers": len(taken), "answers_per_cpu_second": round(len(taken) / used)}
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
