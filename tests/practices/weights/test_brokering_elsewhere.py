"""From another machine: a real broker that listens over TLS, real leases, and files of 64 MB."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from kept.practices.weights.backends.broker_client import connected_remotely, reading
from kept.practices.weights.records.access import Remote
from simulators.command_line import Here, Ran
from simulators.hosts import certificate, free_port
from simulators.lent_weights import CUSTODIANS, add_holder
from simulators.weights_room import Room, opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the broker runs on Linux")

SIZE = 64 << 20


def weights() -> dict[str, Any]:
    drawn = np.random.default_rng(3)
    return {
        "table": drawn.integers(0, 256, (SIZE // 1024, 1024), np.uint8),
        "mlp.weight": drawn.normal(0, 0.02, (512, 256)).astype(np.float16),
    }


@dataclass
class Elsewhere:
    room: Room
    place: Path
    line: Here
    remote: Remote

    @property
    def options(self) -> list[str | Path]:
        remote = self.remote
        return ["--broker", remote.address, "--certificate", remote.certificate, "--broker-certificate", remote.broker]

    def lent(self, **terms: Any) -> str:
        terms = {"purpose": "eval run 12", "bytes": 10**9, "seconds": 3600} | terms
        row = self.room.service.request(str(self.place), by=self.room.acting("bob"), **terms)
        for name in CUSTODIANS[:2]:
            self.room.service.approve(row.lease.id, by=self.room.acting(name))
        return row.lease.id

    def run(self, *arguments: str | Path) -> Ran:
        return self.line.run("--as", "bob", "weights", *arguments)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    home, port = tmp_path_factory.mktemp("elsewhere"), free_port()
    certificate(home / "broker.pem", "broker")
    known = certificate(home / "gpu-1.pem", "gpu-1")
    with opened(home) as room:
        room.add_custodians(*CUSTODIANS)
        add_holder(room, "bob", "researcher")
        folder = room.context.workspace.folder
        with (folder / "kept.toml").open("a") as settings:
            settings.write(
                f'[practices.weights]\nbroker_listen = "127.0.0.1:{port}"\nbroker_certificate = "{home}/broker.pem"\n'
                f'broker_clients = "{home}/gpu-1.crt"\nbroker_holders = ["{known} bob gpu-1"]\n'
            )
        save_file(weights(), home / "model.safetensors")
        place = home / "model.sealed"
        room.service.seal(str(home / "model.safetensors"), str(place), by=room.actor)
        line = Here(folder, {**os.environ, "KEPT_STATE": str(home / "state")})
        with line.started("weights", "serve") as broker:
            assert broker.stdout is not None
            while (said := broker.stdout.readline()) and not said.startswith("}"):
                pass
            assert said, broker.communicate()[1]
            remote = Remote(f"127.0.0.1:{port}", home / "gpu-1.pem", home / "broker.crt")
            yield Elsewhere(room, place, line, remote)


@pytest.fixture(autouse=True)
def _state(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_STATE", str(elsewhere.place.parent / "state"))


def test_weights_of_64_mb_come_whole_over_tls(elsewhere: Elsewhere) -> None:
    lease = elsewhere.lent()
    found = elsewhere.run("open", elsewhere.place, "--lease", lease, *elsewhere.options).value
    assert found["bytes"] == sum(values.nbytes for values in weights().values())
    workspace, bob = elsewhere.room.context.workspace, elsewhere.room.acting("bob")
    with (
        connected_remotely(workspace, bob, elsewhere.remote) as client,
        reading(client, lease, elsewhere.place) as read,
    ):
        for name, wanted in weights().items():
            assert np.array_equal(read.tensor(name), wanted)
        assert np.array_equal(read.rows("table", 7, 9), weights()["table"][7:9])
        assert {name: values.tobytes() for name, values in read.all("mlp.*").items()} == {
            "mlp.weight": weights()["mlp.weight"].tobytes()
        }


def test_a_marked_copy_comes_over_tls_and_is_the_one_that_was_recorded(elsewhere: Elsewhere, tmp_path: Path) -> None:
    lease, out = elsewhere.lent(kind="export", to="Corvus AG"), tmp_path / "copy.safetensors"
    to = ("--lease", lease, "--to", "Corvus AG")
    made = elsewhere.run("export", elsewhere.place, out, *to, *elsewhere.options).value
    assert made["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    copied = load_file(out)
    assert np.array_equal(copied["table"], weights()["table"])
    assert not np.array_equal(copied["mlp.weight"], weights()["mlp.weight"])


def test_what_it_takes_is_said(elsewhere: Elsewhere, tmp_path: Path) -> None:
    asked, remote = ("open", elsewhere.place, "--lease", elsewhere.lent()), elsewhere.remote
    half = elsewhere.run(*asked, "--broker", remote.address).error
    assert (half["code"], "--broker-certificate FILE" in half["hint"]) == ("broker.remote", True)
    certificate(tmp_path / "stranger.pem", "gpu-1")
    for given, wrong, code in (
        (remote.certificate, tmp_path / "stranger.pem", "broker.gone"),
        (remote.certificate, tmp_path / "none.pem", "broker.certificate"),
        (remote.broker, tmp_path / "stranger.crt", "broker.impostor"),
        (remote.address, "127.0.0.1:1", "broker.absent"),
        (remote.address, "nowhere", "broker.absent"),
    ):
        options = [wrong if each == given else each for each in elsewhere.options]
        assert elsewhere.run(*asked, *options).error["code"] == code
    relative = elsewhere.run("open", "model.sealed", *asked[2:], *elsewhere.options)
    assert relative.error["code"] == "broker.place"


def test_the_broker_compares_the_plaintext_and_lets_none_of_it_out(elsewhere: Elsewhere) -> None:
    lease = elsewhere.lent(bytes=1)
    found = elsewhere.run("compare", elsewhere.place, "--lease", lease).value
    plain = hashlib.sha256((elsewhere.place.parent / "model.safetensors").read_bytes()).hexdigest()
    assert (found["plaintext"], found["parts"]) == (True, [plain])
    assert json.dumps(found).count(plain) >= 1
    other = elsewhere.line.run("--as", "maria", "weights", "compare", elsewhere.place, "--lease", lease)
    assert other.error["code"] == "lease.other"
