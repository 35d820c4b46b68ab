"""A hostile replay worker, in C and in Python, gets at nothing of the machine but its model: tried from inside."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kept.core.confinement import Confinement, WorkerSettings, filtering, landlock, system
from kept.core.confinement import worker as replay_worker
from kept.core.confinement.filtering import Sockets
from kept.core.confinement.landlock import Allowed
from kept.core.confinement.system import Limits
from kept.core.confinement.taking import Needs, confine, network_reason
from kept.core.workspace import Workspace
from kept.errors import Invalid, Unavailable
from kept.predicates.disclosure_replay import CONFINEMENTS
from simulators import disclosure_room
from simulators.served_endpoint import served

ABI = landlock.version()
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is of Linux")
FILES = {
    "read key", "read secret", "read elsewhere", "read environ", "read memory", "write new", "write new elsewhere",
    "write new key", "write kept.toml", "remove kept.toml", "move kept.toml", "make a folder",
}  # fmt: skip
CALLS = {
    "send datagrams", "speak raw", "speak SCTP", "reach local services", "reach them by a pair", "serve", "fork",
    "start a program", "trace the parent", "read the parent's memory", "signal the parent",
    "raise the limits of the parent", "enter another namespace", "fill memory that no limit counts",
}  # fmt: skip
LIMITS = {
    "fill the memory": "ENOMEM", "fill the disk": "EFBIG", "open files without end": "EMFILE",
    "use what was inherited": "EBADF", "passphrase": "absent", "code of the workspace": "absent",
    "python: read key": "Denied", "python: write": "Denied", "python: program": "Denied",
}  # fmt: skip


@pytest.fixture
def found(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a hostile worker came to, whose workspace has a model on an endpoint, or embedded ones alone."""
    shutil.copytree(Path(disclosure_room.__file__).with_name("hostile_worker"), tmp_path / "hostile")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hostile"))
    monkeypatch.setenv("KEPT_PASSPHRASE", "of the keys")
    with disclosure_room.opened(tmp_path / "room") as room, served() as model, served() as other, inherited() as held:
        workspace: Workspace = room.context.workspace
        if request.param:
            place = workspace.folder / "kept.toml"
            uri = f"openai:{model.base}#ok"
            place.write_text(place.read_text().replace("[models]\n", f'[models]\nassistant = "{uri}"\n'))
        told = prizes(workspace, tmp_path) | {"descriptor": held}
        told |= {"port": urlsplit(model.base).port, "other port": urlsplit(other.base).port}
        (tmp_path / "hostile" / "told.json").write_text(json.dumps(told))
        identity = tmp_path / "worker.age"
        identity.write_bytes(room.service.keys_new("replay", passphrase="", kind="replay", by=room.actor)[0])
        command = ("disclosure", "worker", "--identity", str(identity))
        work = replay_worker.process(Workspace.load(workspace.folder), command, seconds=600)
        with pytest.raises(Unavailable) as raised:
            asyncio.run(work)
        assert (workspace.folder / "kept.toml").is_file()
    said = re.search(r"\{.*\}", str(raised.value), re.S)
    assert said is not None, raised.value
    return dict(json.loads(said[0]))


@contextmanager
def inherited() -> Iterator[int]:
    """A descriptor that a careless parent lets every child have."""
    read, write = os.pipe()
    os.write(write, b"secret")
    os.set_inheritable(read, True)
    try:
        yield read
    finally:
        os.close(read)
        os.close(write)


def prizes(workspace: Workspace, folder: Path) -> dict[str, Any]:
    (folder / "elsewhere").write_text("of somebody else")
    workspace.secret.parent.mkdir(parents=True, exist_ok=True)
    workspace.secret.write_text("of the keys")
    return {
        "key": str(workspace.keys / "keyring.json"),
        "secret": str(workspace.secret),
        "elsewhere": str(folder / "elsewhere"),
        "environ": f"/proc/{os.getpid()}/environ",
        "memory": f"/proc/{os.getpid()}/mem",
        "new": str(workspace.folder / "new"),
        "new elsewhere": str(folder / "new"),
        "new key": str(workspace.keys / "new"),
        "toml": str(workspace.folder / "kept.toml"),
        "store": str(workspace.folder / "store.db"),
        "memory size": 16 << 30,
    }


@pytest.mark.parametrize("found", [True, False], ids=["endpoint", "embedded"], indirect=True)
def test_it_gets_at_nothing_but_its_model(found: dict[str, Any], request: pytest.FixtureRequest) -> None:
    tried: dict[str, str] = found["found"]
    lacking = " ".join(found["lacking"])
    assert {name: tried[name] for name in LIMITS} == LIMITS
    assert tried["python: other port"] in ("Denied", "PermissionError")
    assert tried["read kept.toml"] == "done"
    if ABI:
        assert {name: tried[name] for name in FILES} == dict.fromkeys(FILES, "EACCES")
    if filtering.supported():
        assert {name: tried[name] for name in CALLS} == dict.fromkeys(CALLS, "EPERM")
    endpoint = request.node.callspec.params["found"]
    if ABI >= landlock.PORTS and filtering.supported():
        assert tried["connect to the model"] == ("done" if endpoint else "EPERM")
        assert tried["connect to another port"] == ("EACCES" if endpoint else "EPERM")
        assert not lacking
    if lacking:
        pytest.skip(f"this system doesn't confine all: {lacking}")
    assert set(found["confinement"]) == set(CONFINEMENTS)


@pytest.mark.parametrize(
    ("network", "abi", "isolated", "files", "calls", "holds"),
    [
        (False, 0, "", "no Landlock", "", True),
        (False, 0, "not permitted", "no Landlock", "", True),
        (False, 0, "not permitted", "no Landlock", "not known", False),
        (True, 4, "reached", "", "", True),
        (True, 3, "reached", "", "", False),
        (True, 0, "reached", "no Landlock", "", False),
        (True, 7, "reached", "", "not known", False),
    ],
)
def test_a_network_is_confined_by_what_the_system_has(
    network: bool, abi: int, isolated: str, files: str, calls: str, holds: bool
) -> None:
    needs = Needs(Allowed(()), Limits(1, 1, 1, 1), Sockets(network=network))
    assert (network_reason(needs, abi, isolated=isolated, files=files, calls=calls) == "") is holds


def test_a_kernel_that_confines_nothing_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(*_: object, **__: object) -> None:
        raise OSError(38, "Function not implemented")

    for name in ("isolate", "limit", "give_up_privileges", "hide"):
        monkeypatch.setattr(system, name, lacks)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    monkeypatch.setattr(filtering, "refuse", lacks)
    found = confine(Needs(Allowed(()), Limits(1, 1, 1, 1)))
    assert found.holds == ()
    assert {each.partition(":")[0] for each in found.lacking} == set(CONFINEMENTS) - {"python"}


def test_what_is_required_and_lacking_ends_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
    monkeypatch.setattr(replay_worker, "take", lambda needs: Confinement(("calls",), ("files: no Landlock",)))
    with disclosure_room.opened(tmp_path) as room, pytest.raises(Unavailable, match="files: no Landlock"):
        replay_worker.confine(room.context.workspace, WorkerSettings(replay_confinement="required"))
    with pytest.raises(Invalid, match="'require'"):
        WorkerSettings(replay_confinement="require")
