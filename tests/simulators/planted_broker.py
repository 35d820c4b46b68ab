"""A real broker in a process of its own, over real sealed files, with leases that a test plants in a JSON file.

Run as a program, it serves until it is told to end; imported, `running` starts it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from kept.core.actor import Actor
from kept.core.keyring import Keyring
from kept.core.keys import Signer, public_key
from kept.core.statement import sign
from kept.errors import Denied, Unverified
from kept.interface.terminal import wait_for
from kept.practices.weights.backends.broker import channels
from kept.practices.weights.backends.broker_client.connection import Client
from kept.practices.weights.backends.containers.sealing import seal as seal_file
from kept.practices.weights.records.sealed import Commission
from kept.practices.weights.service import Service
from simulators.planted_leases import PlantedLease
from simulators.weights_room import Room, opened

KEY = b"k" * 32
LEASES = "leases.json"
PATTERN = b"PLAINTEXT-THAT-MUST-NOT-BE-ON-A-DISK"


class LeasesInFile:
    """Reads the file again at each question, so that what a test changes counts at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lease(self, lease: str, now: datetime) -> PlantedLease:
        found = json.loads(self._path.read_text()).get(lease)
        if found is None:
            raise Denied("There is no such lease in force.", code="lease.none")
        return PlantedLease(**found)

    def file_key(self, lease: str, now: datetime, *, envelope: bytes | None = None) -> bytearray:
        self.lease(lease, now)
        return bytearray(KEY)

    def challenge(self, lease: str, now: datetime) -> bytes:
        self.lease(lease, now)
        return bytes(32)

    def attest(self, lease: str, evidence: bytes, nonce: bytes, now: datetime) -> None:
        self.lease(lease, now)
        if (evidence, nonce) != (b"shown for " + bytes(32), bytes(32)):
            raise Unverified("This shows nothing.", code="attestation.signature")


def tensors(rows: int = 64) -> dict[str, Any]:
    """A few tensors; one of them says a known text again and again."""
    text = np.frombuffer((PATTERN * 4096)[: rows * 1024], dtype=np.uint8).reshape(rows, 1024)
    return {
        "text": text,
        "blocks.0.weight": np.arange(rows * 256, dtype=np.float32).reshape(rows, 256),
        "blocks.1.weight": np.arange(rows * 256, dtype=np.float16).reshape(rows, 256),
    }


@dataclass
class Planted:
    """A running broker, its workspace, and a sealed file."""

    room: Room
    home: Path
    process: subprocess.Popen[str]
    file: str
    place: Path
    leases: dict[str, PlantedLease] = field(default_factory=dict)
    signers: dict[str, Signer] = field(default_factory=dict)

    @property
    def socket(self) -> Path:
        return self.room.service._socket

    def lease(self, number: str = "lease-1", **changes: Any) -> str:
        """Plant a lease, or change it."""
        changes = {"holder": self.room.actor.id, "file": self.file, "bytes": 10**9} | changes
        self.leases[number] = PlantedLease(number, **changes)
        self._write()
        return number

    def revoke(self, number: str) -> None:
        del self.leases[number]
        self._write()

    def client(self, actor: Actor | None = None, *, owner: int | None = None) -> Client:
        """Someone who has proved who they are."""
        actor = actor or self.room.actor
        client = Client.local(self.socket, owner=os.geteuid() if owner is None else owner)
        if actor.id not in self.signers:
            # Kept, as to unseal a key is slow on purpose.
            keyring = Keyring.load(self.room.context.workspace.folder, passphrase=self.room.keyring.passphrase)
            self.signers[actor.id] = keyring.signers(actor)[0]
        client.prove(actor.id, self.signers[actor.id], broker=self.room.context.workspace.origin)
        return client

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """End it and return its status and what it said."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said

    def start(self) -> None:
        """Start it again."""
        self.process = _start(self.home, self.room.context.settings)

    def _write(self) -> None:
        text = json.dumps({number: asdict(lease) for number, lease in self.leases.items()})
        new = (self.home / LEASES).with_suffix(".new")
        new.write_text(text)
        new.replace(self.home / LEASES)


@contextmanager
def running(home: Path, *, rows: int = 64, data: dict[str, Any] | None = None, **settings: Any) -> Iterator[Planted]:
    """A broker over one sealed file, and the room of its workspace."""
    (home / LEASES).write_text("{}")
    with opened(home, **settings) as room:
        place = home / "model.sealed"
        file = seal(room, save(tensors(rows) if data is None else data), place)
        planted = Planted(room, home, _start(home, room.context.settings), file, place)
        try:
            yield planted
        finally:
            planted.process.kill()
            planted.process.communicate()


def seal(room: Room, plain: bytes, place: Path) -> str:
    """Seal a safetensors file under the planted key, and return its id."""
    source = place.with_suffix(".plain")
    source.write_bytes(plain)
    signers = room.keyring.signers(room.actor)
    commission = Commission(
        keyed=lambda file, salt: (bytearray(KEY), b"{}"),
        sign=lambda said: sign(said, signers),
        keys=tuple(public_key(signer) for signer in signers),
        issued="2026-11-28T12:00:00Z",
        by=room.actor.id,
        entropy=os.urandom,
    )
    made = seal_file(source, place, commission)
    source.unlink()
    return made.file


def _start(home: Path, settings: Any) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.planted_broker", str(home), json.dumps(asdict(settings))],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    return process


def main(home: Path, settings: dict[str, Any]) -> None:
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    # An honest client sends a message at once; a test waits for whoever doesn't.
    channels.MESSAGE_SECONDS = 4.0
    with opened(home, **settings) as room:
        room.service._keyholder = lambda: LeasesInFile(home / LEASES)  # type: ignore[method-assign]
        room.service._version = lambda: (home / LEASES).stat().st_mtime_ns  # type: ignore[method-assign]
        service: Service = room.service

        def told(address: str, protection: Any) -> None:
            print(json.dumps({"address": address, "protection": asdict(protection)}), flush=True)

        wait_for(service.serve(by=room.actor, told=told, warn=lambda text: print(text, file=sys.stderr, flush=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
