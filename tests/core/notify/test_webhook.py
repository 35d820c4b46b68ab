"""A webhook on a real server: signed over body and time, to the address that was named and no other."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kept.core.notify import ChannelDown, open_channel
from kept.core.notify.records import Item, Message
from kept.core.notify.settings import ChannelSettings
from kept.errors import Denied, Invalid, Unavailable
from simulators.authorities import serving
from simulators.certificates import certificate

NOW = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
SECRET = "f1e2d3c4b5a69788"
ITEM = Item("sharing", "notice 7", "acknowledge", NOW + timedelta(minutes=45), "https://p.example/sharing/notices")
MESSAGE = Message("0123456789abcdef", "Acme AI", "ada", NOW, (ITEM,))


@dataclass
class Hook:
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.heard.append((dict(self.headers.items()) | {":path": self.path}, body))
            self.send_response(found.statuses.pop(0) if found.statuses else 204)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    with serving(Handler) as url:
        found.url = url
        yield found


def test_a_receiver_can_tell_that_it_is_ours_and_of_now(hook: Hook) -> None:
    webhook = open_channel(ChannelSettings(f"{hook.url}in?team=1", secret="env:X"), SECRET)
    webhook.send(MESSAGE, to="ada-1")
    ((headers, body),) = hook.heard
    assert headers[":path"] == "/in?team=1"
    assert headers["Kept-Time"] == str(int(NOW.timestamp()))
    signed = headers["Kept-Time"].encode() + b"." + body
    assert headers["Kept-Signature"] == f"v1={hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()}"
    assert headers["Kept-Delivery"] == MESSAGE.id
    assert json.loads(body) == {
        "version": 1,
        "id": MESSAGE.id,
        "organisation": "Acme AI",
        "person": "ada",
        "to": "ada-1",
        "sent": "2026-12-03T11:10:00Z",
        "test": False,
        "due": [
            {
                "room": "sharing",
                "subject": "notice 7",
                "clock": "acknowledge",
                "due": "2026-12-03T11:55:00Z",
                "late_seconds": -2700,
                "link": "https://p.example/sharing/notices",
            }
        ],
    }
    assert SECRET not in repr(webhook)


def test_no_redirect_is_followed_and_refusals_are_told_apart(hook: Hook) -> None:
    webhook = open_channel(ChannelSettings(hook.url, secret="env:X"), SECRET)
    answers = {302: Denied, 307: Denied, 404: Invalid, 401: Invalid, 429: Unavailable, 503: Unavailable}
    hook.statuses = list(answers)
    for status, kind in answers.items():
        with pytest.raises(kind, match=str(status)) as error:
            webhook.send(MESSAGE, to="")
        assert not isinstance(error.value, ChannelDown)
    assert len(hook.heard) == 6


def test_who_cannot_prove_their_name_is_told_nothing(tmp_path: Path) -> None:
    server = certificate(tmp_path, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    heard: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    with serving(Handler, tls=context) as url:
        named = url.replace("127.0.0.1", "localhost")
        open_channel(ChannelSettings(named, secret="env:X", authority=str(server)), SECRET).send(MESSAGE, to="")
        for told in (
            ChannelSettings(named, secret="env:X"),
            ChannelSettings(url, secret="env:X", authority=str(server)),
        ):
            with pytest.raises(ChannelDown, match="can't prove who it is"):
                open_channel(told, SECRET).send(MESSAGE, to="")
    assert len(heard) == 1
    for gone in (named, f"https://{'a' * 80}.example"):
        with pytest.raises(ChannelDown, match="can't be reached"):
            open_channel(ChannelSettings(gone, secret="env:X", authority=str(server)), SECRET).send(MESSAGE, to="")


@pytest.mark.parametrize("scheme", ["http", "smtp"])
def test_a_conversation_without_end_is_ended_by_another_thread(scheme: str) -> None:
    """One server says for ever that it goes on, the other greets for ever."""
    said = b"HTTP/1.1 100 Continue\r\n\r\n" if scheme == "http" else b"220-and so on\r\n"
    sent, pause = list[Exception](), threading.Event()

    def talk(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(said)
                pause.wait(0.01)

    def send() -> None:
        try:
            channel.send(MESSAGE, to="ada@acme.example")
        except ChannelDown as error:
            sent.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        told = ChannelSettings(url, secret="env:X") if scheme == "http" else ChannelSettings(url, sender="k@a.example")
        channel = open_channel(told, SECRET)
        threads = [threading.Thread(target=talk, args=(listener,)), threading.Thread(target=send)]
        for each in threads:
            each.start()
        while threads[1].is_alive():
            channel.let_go()
            threads[1].join(0.01)
        threads[0].join()
    assert len(sent) == 1


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(Invalid, match="at least 16"):
        open_channel(ChannelSettings("https://hook.example", secret="env:X"), "short")
