"""What a page of 100 objects costs the TAXII server, whatever the collection's size; and medallion in the same run.

`kept serve` is a process of its own, on a store on disk, and a figure of reading is of that process's CPU time, so that
it is that of one core whatever else the machine does. Objects are indicators of some 700 bytes.

- GET: 100 of a collection, from random places in it, over one connection that is kept.
- POST: 100 new objects, durable before the answer: wall time, since a disk is waited for; beside it, what this disk
  takes for 1 MB, which is about what a request writes.
- medallion 3.0.0 serves 1,000 of the same objects from its memory backend.

Usage: python bench/sharing_taxii.py [--quick] [--peers PYTHON]    (PYTHON is one with medallion)
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kept.app import App
from kept.practices.sharing.records import Collection, Peer

MEDIA = "application/taxii+json;version=2.1"
START = datetime(2026, 1, 1, tzinfo=UTC)
GET_RATE, POST_RATE, FLAT, TIMES = 200.0, 50.0, 1.5, 100.0
SMALL, MIDDLE, LARGE = 1_000, 10_000, 1_000_000
CHUNK = 20_000
WRITTEN = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peers", default="/tmp/peers-taxii/bin/python", help="an interpreter with medallion")
    options = parser.parse_args()
    large, requests = (100_000, 200) if options.quick else (LARGE, 1000)
    with tempfile.TemporaryDirectory(prefix="kept-bench-") as folder:
        place = Path(folder)
        os.environ["KEPT_STATE"] = str(place / "state")
        key, collections, filled = founded(place / "acme", (SMALL, MIDDLE, large, 0))
        with serving(place / "acme") as (port, process):
            server = Server(port, process, {"authorization": f"Bearer {key}"}, "/taxii2/bench/collections/{}/objects/")
            found = {size: got(server, collections[size], size, requests) for size in (SMALL, MIDDLE, large)}
            named = {size: got_version(server, collections[size], size, requests) for size in (SMALL, large)}
            posted = brought(server, collections[0], requests // 4) | {"disk_ms": disk(place)}
        other = medallion(place, options.peers)
    print(json.dumps({"bench": "sharing_taxii", "rows": rows(found, named, posted, other, large, filled)}, indent=2))


def rows(
    found: dict[int, dict[str, float]],
    named: dict[int, dict[str, float]],
    posted: dict[str, float],
    other: dict[str, float],
    large: int,
    filled: float,
) -> list[dict[str, Any]]:
    flat = found[large]["cpu_ms"] / found[SMALL]["cpu_ms"]
    by_version = named[large]["cpu_ms"] / named[SMALL]["cpu_ms"]
    rate = 1000 / found[MIDDLE]["cpu_ms"]
    times = other["cpu_ms"] / found[SMALL]["cpu_ms"] if other else None
    detail = {f"of {size:,}": f"{each['cpu_ms']:.2f} ms CPU, {each['wall_ms']:.2f} ms" for size, each in found.items()}
    return [
        row(
            "TAXII GET 100 of 10,000, one core",
            f"≥ {GET_RATE:g} requests/s",
            rate,
            "requests/s",
            rate >= GET_RATE,
            detail,
        ),
        row(
            f"the same from 1,000 to {large:,} objects",
            f"≤ {FLAT:g} ×",
            flat,
            "×",
            flat <= FLAT,
            {"seconds to fill": round(filled, 1)},
        ),
        row(
            f"TAXII GET of one version by its time, without an id, from 1,000 to {large:,} objects",
            f"≤ {FLAT:g} ×",
            by_version,
            "×",
            by_version <= FLAT,
            {f"of {size:,}": f"{each['cpu_ms']:.2f} ms CPU" for size, each in named.items()},
        ),
        row(
            "TAXII POST 100, durable",
            f"≥ {POST_RATE:g} requests/s",
            1000 / posted["wall_ms"],
            "requests/s",
            1000 / posted["wall_ms"] >= POST_RATE,
            {each.replace("_", " "): round(value, 2) for each, value in posted.items()},
        ),
        row(
            "TAXII GET 100 of 1,000, against medallion 3.0.0 in the same run",
            f"≥ {TIMES:g} ×",
            times,
            "×",
            times is not None and times >= TIMES,
            {"medallion cpu ms": round(other["cpu_ms"], 1)} if other else {"medallion": "not there"},
        ),
    ]


def row(
    what: str, reach: str, measured: float | None, unit: str, holds: bool, detail: dict[str, Any]
) -> dict[str, Any]:
    shown = None if measured is None else round(measured, 3)
    return {"what": what, "reach": reach, "measured": shown, "unit": unit, "holds": holds, "detail": detail}


class Server:
    """A server under measurement, on one connection that is kept."""

    def __init__(self, port: int, process: int, headers: dict[str, str], path: str) -> None:
        self.process = process
        self.path = path
        self._headers = {"accept": MEDIA, **headers}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = self._headers | ({"content-type": MEDIA} if body else {})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()


def got(server: Server, collection: str, size: int, requests: int) -> dict[str, float]:
    """Milliseconds of a page from a random place."""
    draw = random.Random(7)
    first = json.loads(server.ask("GET", server.path.format(collection) + "?limit=1")[1])["objects"][0]
    latest = int(datetime.fromisoformat(first["created"]).timestamp() * 1e6)

    def ask(number: int) -> None:
        after = stamp(latest + draw.randrange(max(1, size - 100)))
        status, body = server.ask("GET", f"{server.path.format(collection)}?limit=100&added_after={after}")
        assert status == 200
        assert body.count(b'"type":"indicator"') == 100, (number, len(body))

    return measured(server.process, ask, requests, warm=20)


def got_version(server: Server, collection: str, size: int, requests: int) -> dict[str, float]:
    """Milliseconds of asking for the one object of a version, from anywhere in a collection."""
    draw = random.Random(11)
    first = json.loads(server.ask("GET", server.path.format(collection) + "?limit=1")[1])["objects"][0]
    earliest = int(datetime.fromisoformat(first["created"]).timestamp() * 1e6)

    def ask(number: int) -> None:
        version = stamp(earliest + draw.randrange(size))
        status, body = server.ask("GET", f"{server.path.format(collection)}?match[version]={version}")
        assert status == 200
        assert body.count(b'"type":"indicator"') == 1, (number, body[:200])

    return measured(server.process, ask, requests, warm=20)


def brought(server: Server, collection: str, requests: int) -> dict[str, float]:
    """Milliseconds of a request that brings 100 new objects."""
    bodies = [
        json.dumps({"objects": [thing(10**7 + number * 100 + at) for at in range(100)]}).encode()
        for number in range(requests + 5)
    ]

    def ask(number: int) -> None:
        status, body = server.ask("POST", server.path.format(collection), bodies.pop())
        assert status == 202
        assert json.loads(body)["success_count"] == 100

    return measured(server.process, ask, requests, warm=5)


def disk(place: Path) -> float:
    """Milliseconds until what such a request writes is on the disk, the least of several."""
    taken = []
    for _ in range(20):
        with (place / "written").open("wb") as file:
            began = time.monotonic()
            file.write(os.urandom(WRITTEN))
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.monotonic() - began) * 1000)
    return min(taken)


def measured(
    process: int, ask: Callable[[int], None], requests: int, *, warm: int, rounds: int = 5
) -> dict[str, float]:
    """The least mean of several rounds, since whatever else a machine does only adds to it."""
    for number in range(warm):
        ask(number)
    taken = []
    for _ in range(rounds):
        cpu, wall = cpu_seconds(process), time.monotonic()
        for number in range(requests // rounds):
            ask(number)
        cpu, wall = cpu_seconds(process) - cpu, time.monotonic() - wall
        taken.append((cpu * 1000 / (requests // rounds), wall * 1000 / (requests // rounds)))
    return {"cpu_ms": min(cpu for cpu, _ in taken), "wall_ms": min(wall for _, wall in taken)}


def cpu_seconds(process: int) -> float:
    """What a process has used of all cores, its threads included."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thing(number: int) -> dict[str, Any]:
    """An indicator as medallion's data file has it, with an id of its own."""
    moment = stamp(int(START.timestamp() * 1e6) + number)
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": name_of(number),
        "created": moment,
        "modified": moment,
        "name": f"jailbreak pattern {number}",
        "description": "x" * 300,
        "indicator_types": ["malicious-activity"],
        "pattern": f"[artifact:payload_bin = 'p{number}']",
        "pattern_type": "stix",
        "valid_from": moment,
        "labels": ["jailbreak"],
    }


def stamp(microseconds: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def founded(folder: Path, sizes: tuple[int, ...]) -> tuple[str, dict[int, str], float]:
    """A workspace with a collection of each size, a peer's key, and the seconds that filling took."""
    command = [sys.executable, "-m", "kept", "init", str(folder), "--name", "Acme AI"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with (folder / "kept.toml").open("a") as settings:
        settings.write("[practices.sharing]\npeer_rate = 1e6\npeer_burst = 1e6\n")
    app = App.open(folder)
    service, by = app.service("sharing"), app.actor(None)
    service.peers_add(Peer("bench", "Lab"), by=by)
    found: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for size in sizes:
        made = service.collections_add(Collection(f"{size}", "bench", default_tlp="green"), by=by)
        service.collections_grant(made.id, "bench", read=True, write=True, by=by)
        found[size], numbers[size] = made.id, made.number
    key = service.peers_key("bench", by=by).text
    app.close()
    began = time.monotonic()
    plant(folder / "store.db", {numbers[size]: size for size in sizes})
    return key, found, time.monotonic() - began


def plant(store: Path, sizes: dict[int, int]) -> None:
    """Objects as the service stores them, straight into the file; the number is when each was made.

    Indices grow row by row, as they do in service: one that is made at once has full pages, each of which is split by
    the next row, so that what is measured would be that.
    """
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("PRAGMA cache_size=-400000")
    connection.execute("BEGIN")
    number = 0
    for collection, size in sizes.items():
        for at in range(0, size, CHUNK):
            some = [planted(number + offset) for offset in range(min(CHUNK, size - at))]
            number += len(some)
            connection.executemany(
                "INSERT INTO sharing_objects (number, collection, object, kind, version, owner, source, tlp, "
                f"signature, digest, body) VALUES (?, {collection}, ?, 'indicator', ?, 'bench', 'bench', 'green', "
                "'none', ?, ?)",
                [(when, name, version, hashlib.sha256(body).digest(), body) for when, name, version, body in some],
            )
            connection.executemany(
                "INSERT INTO sharing_shown (collection, audience, number, object, kind, version, owner, since, size, "
                f"first, last) VALUES ({collection}, 'g', ?, ?, 'indicator', ?, 'bench', ?, ?, 1, 1)",
                [(when, name, version, when, len(body)) for when, name, version, body in some],
            )
    connection.execute("INSERT INTO sharing_numbers VALUES (1, ?)", (int(START.timestamp() * 1e6) + number,))
    connection.execute("COMMIT")
    connection.close()


def planted(number: int) -> tuple[int, str, str, bytes]:
    """When an object was made, its id, its version and its bytes, in the spelling of RFC 8785."""
    when = int(START.timestamp() * 1e6) + number
    moment = stamp(when)
    name = name_of(number)
    body = (
        f'{{"created":"{moment}","description":"{"x" * 300}","id":"{name}",'
        f'"indicator_types":["malicious-activity"],"labels":["jailbreak"],"modified":"{moment}",'
        f'"name":"jailbreak pattern {number}","pattern":"[artifact:payload_bin = \'p{number}\']",'
        f'"pattern_type":"stix","spec_version":"2.1","type":"indicator","valid_from":"{moment}"}}'
    )
    return when, name, moment.rstrip("Z0").rstrip("."), body.encode()


def name_of(number: int) -> str:
    return f"indicator--{uuid.UUID(bytes=hashlib.md5(b'%d' % number).digest(), version=4)}"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """The port and the process of `kept serve`."""
    command = [sys.executable, "-m", "kept", "--workspace", str(folder), "--json", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        told = ""
        while not told.rstrip().endswith("}"):
            told += process.stdout.readline()
        try:
            yield int(json.loads(told)["url"].rpartition(":")[2]), process.pid
        finally:
            process.terminate()


def medallion(place: Path, python: str) -> dict[str, float]:
    """Milliseconds of a page of 100 from medallion, of 1,000 objects; nothing where it isn't there."""
    if not Path(python).exists():
        return {}
    port, collection = 5917, "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
    media = ["application/stix+json;version=2.1"]
    things = [thing(number) for number in range(SMALL)]
    entries = [
        {"id": each["id"], "date_added": each["created"], "version": each["modified"], "media_type": media[0]}
        for each in things
    ]
    held = {"id": collection, "title": "big", "can_read": True, "can_write": False, "media_types": media}
    root = {"title": "r", "versions": [MEDIA], "max_content_length": 104857600}
    data = {
        "/discovery": {"title": "t", "default": f"http://127.0.0.1:{port}/api1/", "api_roots": []},
        "api1": {"information": root, "status": [], "collections": [held | {"objects": things, "manifest": entries}]},
    }
    (place / "data.json").write_text(json.dumps(data))
    backend = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
    backend["filename"] = str(place / "data.json")
    settings = {"backend": backend, "users": {"admin": "Password0"}, "taxii": {"max_page_size": 100}}
    (place / "conf.json").write_text(json.dumps(settings))
    command = [str(Path(python).with_name("medallion")), "--host", "127.0.0.1", "--port", str(port)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, str(place / "conf.json")], **silent) as process:
        try:
            who = base64.b64encode(b"admin:Password0").decode()
            server = Server(port, process.pid, {"authorization": f"Basic {who}"}, "/api1/collections/{}/objects/")
            awaited(server)

            def ask(number: int) -> None:
                status, body = server.ask("GET", server.path.format(collection) + "?limit=100")
                assert (status, len(json.loads(body)["objects"])) == (200, 100)

            return measured(process.pid, ask, 2, warm=1, rounds=2)
        finally:
            process.terminate()


def awaited(server: Server) -> None:
    """Until the server answers."""
    for _ in range(100):
        try:
            server.ask("GET", "/api1/")
        except (OSError, http.client.HTTPException):
            server.close()
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("medallion did not begin")


if __name__ == "__main__":
    main()
