"""What Python code may do in the replay worker: reach its models, and change nothing."""

import os
from pathlib import Path
from typing import Any

import pytest

from kept.core.confinement.guard import Guard
from kept.errors import Denied

ENDPOINTS = frozenset({("api.example", 443), ("127.0.0.1", 8000)})


def guard(tmp_path: Path) -> Guard:
    return Guard(ENDPOINTS, forbidden=(tmp_path / "keys", tmp_path / "secret"))


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.0.0.1", 8001))),
        ("socket.connect", (None, ("169.254.169.254", 80))),
        ("socket.connect", (None, ("::1", 8000, 0, 0))),
        ("socket.connect", (None, "/run/user/bus")),
        ("socket.getaddrinfo", ("evil.example", 443, 0, 0, 0)),
        ("socket.bind", (None, ("0.0.0.0", 0))),
        ("socket.sendto", (None, ("203.0.113.9", 53))),
        ("subprocess.Popen", ("sh", ["sh"], None, None)),
        ("os.system", ("sh",)),
        ("os.fork", ()),
        ("os.posix_spawn", ("sh", [], {})),
        ("open", ("{}/new", "w", os.O_WRONLY | os.O_CREAT)),
        ("open", ("{}/keys/provider.key", "r", os.O_RDONLY)),
        ("open", ("{}/elsewhere/../keys/provider.key", "r", os.O_RDONLY)),
        ("open", (b"{}/secret", "r", os.O_RDONLY)),
        ("os.remove", ("x", -1)),
        ("shutil.rmtree", ("x",)),
    ],
)
def test_what_no_replay_needs_is_refused(tmp_path: Path, event: str, arguments: tuple[Any, ...]) -> None:
    told = tuple(_placed(each, tmp_path) for each in arguments)
    with pytest.raises(Denied, match="may not"):
        guard(tmp_path)(event, told)


def _placed(value: Any, folder: Path) -> Any:
    if isinstance(value, bytes):
        return value.replace(b"{}", str(folder).encode())
    return value.replace("{}", str(folder)) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.0.0.1", 8000))),
        ("socket.getaddrinfo", ("api.example", 443, 0, 0, 0)),
        ("socket.getaddrinfo", ("127.0.0.1", 8000, 0, 0, 0)),
        ("open", ("{}/kept.toml", "r", os.O_RDONLY)),
        ("open", ("{}/keys-of-a-piano", "r", os.O_RDONLY)),
        ("open", (os.devnull, "w", os.O_WRONLY)),
        ("open", (5, "r", 0)),
        ("import", ("json", None, None, None, None)),
    ],
)
def test_what_a_replay_needs_is_let_be(tmp_path: Path, event: str, arguments: tuple[Any, ...]) -> None:
    told = tuple(_placed(each, tmp_path) for each in arguments)
    assert guard(tmp_path)(event, told) is None
