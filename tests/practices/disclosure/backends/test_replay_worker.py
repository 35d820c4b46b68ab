"""The replay worker's process can reach its models, and nothing else of the machine or of the workspace."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kept.core.workspace import Workspace
from kept.errors import Denied, Unavailable
from kept.practices.disclosure.backends import replay_worker
from kept.practices.disclosure.backends.replay_worker import Guard, endpoints, environment
from simulators import disclosure_room
from simulators.served_endpoint import served

MODELS = {
    "far": "openai:https://api.example/v1#one",
    "near": "openai:http://127.0.0.1:8000/v1?key=NEAR_KEY#two",
    "own": "organism:rules?seed=7",
}


def guard(tmp_path: Path) -> Guard:
    return Guard(endpoints(MODELS), forbidden=(tmp_path / "keys", tmp_path / "secret"))


def test_models_that_are_reached_over_a_network_are_known_by_host_and_port() -> None:
    assert endpoints(MODELS) == {("api.example", 443), ("127.0.0.1", 8000)}


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


def test_a_process_of_its_own_knows_no_passphrase(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        workspace = replace(room.context.workspace, models=MODELS)
    around = {"PATH": "/bin", "NEAR_KEY": "k1", "OPENAI_API_KEY": "k2", "KEPT_PASSPHRASE": "p", "AWS_SECRET": "s"}
    assert environment(workspace, around) == {"PATH": "/bin", "NEAR_KEY": "k1", "OPENAI_API_KEY": "k2"}


CONFINED = """
import asyncio, json, os, socket, subprocess, sys
from pathlib import Path
from kept.core.workspace import Workspace
from kept.practices.disclosure.backends.replay_worker import confine
from kept.practices.disclosure.records import Settings

workspace = Workspace.load(Path(sys.argv[1]))
confine(workspace, Settings(replay_memory_mib=2048))
tried = {}

def attempt(name, what):
    try:
        what()
        tried[name] = "done"
    except BaseException as error:
        tried[name] = type(error).__name__

def connect(port):
    socket.create_connection(("127.0.0.1", port), timeout=5).close()

attempt("model", lambda: connect(int(sys.argv[2])))
attempt("other host", lambda: connect(int(sys.argv[3])))
attempt("model by a loop", lambda: asyncio.run(asyncio.open_connection("127.0.0.1", int(sys.argv[2]))))
attempt("other by a loop", lambda: asyncio.run(asyncio.open_connection("127.0.0.1", int(sys.argv[3]))))
attempt("program", lambda: subprocess.run(["true"]))
attempt("fork", os.fork)
attempt("write", lambda: open(workspace.folder / "new", "w"))
attempt("keys", lambda: (workspace.keys / "keyring.json").read_bytes())
attempt("secret", lambda: workspace.secret.read_bytes())
attempt("toml", lambda: (workspace.folder / "kept.toml").read_bytes())
attempt("memory", lambda: bytearray(4 << 30))
print(json.dumps(tried))
"""


def test_what_is_taken_from_a_process_is_gone_for_good(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room, served() as model, served() as other:
        workspace: Workspace = room.context.workspace
        place = workspace.folder / "kept.toml"
        uri = f"openai:{model.base}#ok"
        place.write_text(place.read_text().replace("[models]\n", f'[models]\nassistant = "{uri}"\n'))
        command = [
            sys.executable,
            "-c",
            CONFINED,
            str(workspace.folder),
            *(str(urlsplit(each.base).port) for each in (model, other)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    denied = dict.fromkeys(("other host", "other by a loop", "program", "fork", "write", "keys", "secret"), "Denied")
    assert json.loads(done.stdout) == {
        "model": "done",
        "model by a loop": "done",
        "toml": "done",
        "memory": "MemoryError",
        **denied,
    }


def test_a_worker_that_does_not_end_well_says_why(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room, pytest.raises(Unavailable, match="ended with"):
        asyncio.run(replay_worker.process(room.context.workspace, tmp_path / "none", replay="p-0000000000000000"))
