"""From sealing to the trace of a leak, with nothing planted: a real lease, a real broker, real files."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sqlalchemy import select

from kept.errors import Conflict, Denied, KeptError, Unverified
from kept.practices.weights.backends.broker_client import load
from kept.practices.weights.backends.broker_client import opened as weights_opened
from kept.practices.weights.service.tables.access import READS, RESERVATIONS
from kept.predicates import weights_export
from simulators.lent_weights import CUSTODIANS, add_holder
from simulators.patience import eventually, eventually_refused
from simulators.weights_room import Room, opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peer credentials and memfd are Linux's")


def weights(seed: int = 1) -> dict[str, Any]:
    drawn = np.random.default_rng(seed)
    return {
        "embedding.weight": drawn.normal(0, 0.02, (600, 256)).astype(np.float32),
        "mlp.weight": drawn.normal(0, 0.02, (256, 512)).astype(np.float16),
        "norm.bias": np.arange(512, dtype=np.float32),
    }


@dataclass
class House:
    room: Room
    place: Path
    process: subprocess.Popen[str]
    said: dict[str, Any]

    def lent(self, **terms: Any) -> str:
        """A lease to bob that two custodians approved."""
        terms = {"purpose": "eval run 12", "bytes": 10**9, "seconds": 3600} | terms
        row = self.room.service.request(str(self.place), by=self.room.acting("bob"), **terms)
        for name in CUSTODIANS[:2]:
            self.room.service.approve(row.lease.id, by=self.room.acting(name))
        return row.lease.id

    def load(self, lease: str) -> dict[str, Any]:
        return load(self.place, lease, workspace=self.room.context.workspace.folder, acting_as="bob")

    def export(self, out: Path, lease: str, to: str = "partner") -> Any:
        return self.room.service.export(self.place, out, lease=lease, to=to, by=self.room.acting("bob"))

    def rows(self, table: Any) -> list[Any]:
        with self.room.store.read() as connection:
            return list(connection.execute(select(table).order_by(table.c.number)))


@contextmanager
def serving(room: Room) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "kept", "-w", str(room.context.workspace.folder), "--json", "weights", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while line := process.stdout.readline():
            text += line
            if line.startswith("}"):
                break
        assert text, process.communicate()[1]
        try:
            yield process, json.loads(text)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    before = os.environ.get("KEPT_STATE")
    with opened(home) as room:
        room.add_custodians(*CUSTODIANS)
        add_holder(room, "bob", "researcher")
        save_file(weights(), home / "model.safetensors")
        place = home / "model.sealed"
        room.service.seal(str(home / "model.safetensors"), str(place), by=room.actor)
        (home / "model.safetensors").unlink()
        with serving(room) as (process, said):
            yield House(room, place, process, said)
    if before is not None:
        os.environ["KEPT_STATE"] = before


@pytest.fixture(autouse=True)
def _state(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_STATE", str(house.place.parent / "state"))


def test_the_broker_says_where_it_is_and_what_protects_it(house: House) -> None:
    assert house.said["address"].endswith("broker.sock")
    assert "no core dumps" in house.said["granted"]
    assert isinstance(house.said["lacking"], list)


def test_weights_that_two_custodians_lent_are_loaded(house: House) -> None:
    found = house.load(house.lent())
    for name, wanted in weights().items():
        assert np.array_equal(found[name], wanted)


def test_weights_that_one_custodian_lent_are_not(house: House) -> None:
    row = house.room.service.request(
        str(house.place), purpose="x", bytes=10**6, seconds=3600, by=house.room.acting("bob")
    )
    house.room.service.approve(row.lease.id, by=house.room.acting(CUSTODIANS[0]))
    with pytest.raises(Denied, match="1 of 2 approvals"):
        house.load(row.lease.id)


def test_a_lease_that_was_revoked_opens_nothing(house: House) -> None:
    lease = house.lent()
    house.room.service.revoke(lease, reason="a mistake", by=house.room.acting(CUSTODIANS[0]))
    with pytest.raises(Denied, match="was revoked"):
        house.load(lease)


def test_no_lease_of_export_reads_unmarked_weights(house: House) -> None:
    with pytest.raises(Denied, match="one of export"):
        house.load(house.lent(kind="export", to="partner"))


def test_a_runtime_that_is_not_allowed_gets_no_unmarked_weights(house: House) -> None:
    with pytest.raises(Denied, match="Unmarked weights don't go to 'laptop'"):
        house.load(house.lent(runtime="laptop"))


def test_a_copy_is_marked_recorded_and_whole(house: House, tmp_path: Path) -> None:
    lease = house.lent(kind="export", to="partner")
    out = tmp_path / "copy.safetensors"
    made = house.export(out, lease)
    found, original = load_file(out), weights()
    assert {name: (values.shape, values.dtype) for name, values in found.items()} == {
        name: (values.shape, values.dtype) for name, values in original.items()
    }
    moved = np.abs(found["embedding.weight"] - original["embedding.weight"])
    assert 0 < moved.mean() < 0.02 * 0.02
    assert np.array_equal(found["norm.bias"], original["norm.bias"])
    assert made.bytes == out.stat().st_size
    recorded = [one for one in house.room.ledger.statements(weights_export.TYPE) if one.index == made.recorded]
    said = recorded[0].predicate
    assert said is not None
    assert said["weights"] == f"sha256:{made.sha256}"
    assert (said["tensors"], said["marked"]) == (3, 2)
    assert "partner" not in str(recorded[0].statement)
    assert lease not in str(recorded[0].statement)
    # Whose copy it is, is known by its digest alone.
    traced = house.room.service.trace(out, by=house.room.actor)
    assert traced.sources[0].name == "partner"


def test_an_export_is_metered_as_one(house: House, tmp_path: Path) -> None:
    lease = house.lent(kind="export", to="partner")
    house.export(tmp_path / "copy.safetensors", lease)
    size = sum(values.nbytes for values in weights().values())
    assert [(row.kind, row.bytes) for row in house.rows(RESERVATIONS) if row.lease == lease] == [("export", size)]
    # The broker writes what was read down within a second.
    found = eventually(lambda: [row for row in house.rows(READS) if (row.lease, row.outcome) == (lease, "export")])
    assert [(row.other, row.bytes) for row in found] == [("partner", size)]


@pytest.mark.parametrize("pattern", ["mlp.*", "embedding.weight"])
def test_a_copy_of_some_tensors_holds_those_alone(house: House, tmp_path: Path, pattern: str) -> None:
    out = tmp_path / "copy.safetensors"
    house.export(out, house.lent(kind="export", to="partner", tensors=pattern))
    assert [name.startswith(pattern.rstrip("*")) for name in load_file(out)] == [True]


def test_a_copy_goes_to_whom_the_lease_names(house: House, tmp_path: Path) -> None:
    lease = house.lent(kind="export", to="partner")
    with pytest.raises(Denied, match="no export to 'rival'"):
        house.export(tmp_path / "copy.safetensors", lease, to="rival")
    assert not list(tmp_path.iterdir())


def test_a_copy_is_whole_or_is_not(house: House, tmp_path: Path) -> None:
    out = tmp_path / "copy.safetensors"
    with pytest.raises(Denied, match="lease has 1,000 bytes left"):
        house.export(out, house.lent(kind="export", to="partner", bytes=1000))
    assert not out.exists()
    out.write_text("mine")
    with pytest.raises(Conflict, match="exists"):
        house.export(out, house.lent(kind="export", to="partner"))
    assert out.read_text() == "mine"


def test_the_audit_agrees_with_the_ledger(house: House) -> None:
    house.load(house.lent())
    house.room.service.summarise(by=house.room.actor)
    found = house.room.service.audit()
    assert found.disagreements == ()
    assert {row.person for row in found.accesses} == {"bob"}


def test_a_decoy_is_made_looks_like_any_other_and_tells_on_whoever_tries(house: House) -> None:
    place = house.place.with_name("gpt-next.sealed")
    planted = house.room.service.decoys_plant(place, by=house.room.actor, size=100_000)
    assert house.room.service.verify(str(place)).file == planted.file
    lease = house.lent()
    with pytest.raises(Denied) as caught:
        load(place, lease, workspace=house.room.context.workspace.folder, acting_as="bob")
    assert caught.value.code == "lease.file"
    row = house.rows(READS)[-1]
    assert (row.decoy, row.code, row.person, row.lease) == (True, "decoy.opened", "bob", lease)
    (listed,) = house.room.service.decoys_list()
    assert (listed.place, listed.touched) == (str(place), 1)
    with pytest.raises(Conflict, match="decoy already"):
        house.room.service.decoys_plant(place, by=house.room.actor)
    # Also whoever asks for a lease of it.
    house.room.service.request(str(place), purpose="x", bytes=1000, seconds=3600, by=house.room.acting("bob"))
    assert house.rows(READS)[-1].decoy


def test_a_changed_file_opens_for_nobody(house: House, tmp_path: Path) -> None:
    place = tmp_path / "changed.sealed"
    data = bytearray(house.place.read_bytes())
    data[-5000] ^= 1
    place.write_bytes(data)
    place.chmod(0o600)
    with pytest.raises(Unverified):
        load(place, house.lent(), workspace=house.room.context.workspace.folder, acting_as="bob")


def kept(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder = str(house.room.context.workspace.folder)
    command = [sys.executable, "-m", "kept", "-w", folder, "--as", "bob", "weights", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_line_shows_what_tensors_look_like_and_no_values(house: House) -> None:
    lease = house.lent()
    done = kept(house, "open", str(house.place), "--lease", lease, "--tensor", "norm.*", "--rows", "3:5")
    assert done.returncode == 0, done.stderr
    assert "norm.bias" in done.stdout
    assert "8 bytes read" in done.stdout
    refused = kept(house, "open", str(house.place), "--lease", "ls-0000000000000000")
    assert refused.returncode in (3, 4)
    assert "Traceback" not in refused.stderr


def test_the_command_line_ends_in_6_where_the_log_was_changed(house: House) -> None:
    house.load(house.lent())
    house.room.service.summarise(by=house.room.actor)
    assert kept(house, "audit").returncode == 0
    first = READS.c.number == 1
    before = house.rows(READS)[0].purpose

    def write(purpose: str) -> None:
        house.room.store.write(
            lambda connection: connection.execute(READS.update().where(first).values(purpose=purpose))
        )

    write("something else")
    done = kept(house, "audit")
    write(before)
    assert done.returncode == 6, done.stderr
    assert "DISAGREES" in done.stdout
    assert kept(house, "audit").returncode == 0


def test_a_file_that_is_open_closes_soon_after_the_revocation(house: House) -> None:
    lease = house.lent()
    folder = house.room.context.workspace.folder
    with weights_opened(house.place, lease, workspace=folder, acting_as="bob") as read:
        read.rows("norm.bias", 0, 1)
        house.room.service.revoke(lease, reason="a mistake", by=house.room.acting(CUSTODIANS[0]))
        refused = eventually_refused(lambda: read.rows("norm.bias", 0, 1))
    assert isinstance(refused, Denied)
    assert "was revoked" in refused.message


def test_an_approver_whose_key_was_revoked_approves_nothing(house: House) -> None:
    from simulators.lent_weights import change_key

    lease = house.lent()
    change_key(house.room, CUSTODIANS[1], "revoked")
    with pytest.raises(KeptError) as caught:
        house.load(lease)
    assert isinstance(caught.value, Denied)
