"""A TAXII 2.1 server as medallion 3.0.0 is one, seen from outside: what it does otherwise than ours, it does here.

It lets in by Basic alone, and answers strangers in HTML. All pages after the first have one name, which remembers how
far its reader came and is gone after the last; every other parameter must stay the same. To bring a version that is
there already is a failure, whatever it says. Of what is brought, it says first that it is pending, as others do.
"""

import base64
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MEDIA = "application/taxii+json;version=2.1"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Foreign:
    """What it holds: one collection, with the moment at which each object was added."""

    user: str = "admin"
    password: str = "Password0"
    page: int = 7
    can_read: bool = True
    id: str = "52892447-4d7e-4f70-b94d-d7f22742ff63"
    objects: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sessions: dict[str, tuple[dict[str, str], list[tuple[str, dict[str, Any]]]]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def credential(self) -> str:
        return f"{self.user}:{self.password}"

    def add(self, *documents: dict[str, Any]) -> None:
        for document in documents:
            moment = START + timedelta(seconds=len(self.objects))
            self.objects.append((moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), document))

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any, dict[str, str]]:
        place = f"/api1/collections/{self.id}/objects/"
        resources: dict[str, Any] = {
            "/taxii2/": {"title": "t", "api_roots": [f"{self.url}/api1/"]},
            "/api1/": {"title": "r", "versions": [MEDIA], "max_content_length": 104_857_600},
            "/api1/collections/": {"collections": [self.described]},
        }
        if path in resources:
            return 200, resources[path], {}
        if path.startswith("/api1/status/"):
            return 200, self.statuses[path.split("/")[3]], {}
        if path == place and method == "POST":
            return 202, self._brought(json.loads(body)["objects"]), {}
        return (200, *self._page(query)) if path == place and self.can_read else (403, {"title": "no"}, {})

    @property
    def described(self) -> dict[str, Any]:
        return {"id": self.id, "title": "theirs", "can_read": self.can_read, "can_write": True, "media_types": []}

    def _page(self, query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        size = min(self.page, int(query.pop("limit")))
        name = query.pop("next", "")
        if name:
            same, left = self.sessions[name]
            assert query == same, "a parameter changed"
        else:
            left = [each for each in self.objects if _is_asked(each, query)]
            name = str(uuid.uuid4())
            self.sessions[name] = query, left
        shown = [left.pop(0) for _ in range(min(size, len(left)))]
        envelope: dict[str, Any] = {"objects": [document for _, document in shown]} if shown else {}
        if left:
            envelope |= {"more": True, "next": name}
        else:
            del self.sessions[name]
        return envelope, {"X-TAXII-Date-Added-Last": shown[-1][0]} if shown else {}

    def _brought(self, documents: list[dict[str, Any]]) -> dict[str, Any]:
        known = {(held["id"], held.get("modified")) for _, held in self.objects}
        failures = []
        for each in documents:
            if (each["id"], each.get("modified")) in known:
                failures.append({"id": each["id"], "version": each["modified"], "message": "Unable to process object"})
            else:
                self.add(each)
        name = str(uuid.uuid4())
        self.statuses[name] = {"id": name, "status": "complete", "failures": failures}
        return {"id": name, "status": "pending", "pending_count": len(documents)}


def _is_asked(each: tuple[str, dict[str, Any]], query: dict[str, str]) -> bool:
    ids = query.get("match[id]", each[1]["id"]).split(",")
    return each[0] > query.get("added_after", "") and each[1]["id"] in ids


@contextmanager
def served(foreign: Foreign) -> Iterator[Foreign]:
    """The server on a real socket, while the block runs."""
    right = f"Basic {base64.b64encode(foreign.credential.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do(b"")

        def do_POST(self) -> None:
            self._do(self.rfile.read(int(self.headers["Content-Length"])))

        def _do(self, body: bytes) -> None:
            foreign.asked.append(f"{self.command} {self.path}")
            where = urlsplit(self.path)
            if self.headers["Authorization"] != right:
                self._send(401, "text/html", b"Unauthorized Access", {"WWW-Authenticate": 'Basic realm="x"'})
                return
            status, said, more = foreign.answer(self.command, where.path, dict(parse_qsl(where.query)), body)
            self._send(status, MEDIA, json.dumps(said).encode(), more)

        def _send(self, status: int, kind: str, body: bytes, more: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    foreign.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield foreign
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
