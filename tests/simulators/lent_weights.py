"""Weights that can be lent: custodians, a file key in its envelope, and a clock that a test sets."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kept.core.actor import Actor
from kept.core.keyring import Holder, Keyring
from kept.core.keys import create, public_key
from kept.core.ledger import Draft
from kept.core.trust import KeyEvent, TrustedKey
from kept.practices.weights.methods.envelope import Parts
from kept.practices.weights.methods.sealed.layout import Draft as Sealing
from kept.practices.weights.records.leases import Lease, Terms
from kept.practices.weights.records.sealed import Description
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.practices.weights.service.leasing.lending import Lending
from simulators.weights_room import Room, opened

CUSTODIANS = ("maria", "jonas", "wei")
WEIGHTS = "cd" * 32
TERMS = Terms(purpose="eval run 12", bytes=10**9, seconds=4 * 3600)


class Clock:
    """Shows what it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **span: int) -> None:
        self.time += timedelta(**span)


@dataclass(frozen=True)
class Lent:
    """A room with one sealed file's key, and who acts in it."""

    room: Room
    clock: Clock
    about: Description
    file_key: bytes

    @property
    def lending(self) -> Lending:
        return Lending(self.room.context, self.room.context.settings)

    @property
    def keyholder(self) -> Keyholder:
        return Keyholder(self.room.context)

    def acting(self, name: str) -> Actor:
        return self.room.acting(name)

    def ask(self, by: str = "bob", terms: Terms = TERMS) -> Lease:
        return self.lending.ask(self.about, terms, by=self.acting(by))

    def lent(self, *by: str, terms: Terms = TERMS) -> Lease:
        """A lease that these custodians approved, two of them unless others are named."""
        lease = self.ask(terms=terms)
        for name in by or CUSTODIANS[:2]:
            self.lending.approve(lease.id, by=self.acting(name))
        return lease

    def key(self, lease: Lease) -> bytes:
        return bytes(self.keyholder.file_key(lease.id, self.clock()))

    def revoke_key(self, name: str) -> None:
        """Withdraw the signing key of a holder, as root does."""
        change_key(self.room, name, "revoked")


def change_key(room: Room, name: str, event: str, *roles: str) -> None:
    signer = room.ledger._keyring(room.acting(name))[0]
    key = TrustedKey(name, public_key(signer), frozenset(roles or room.acting(name).roles))
    told = KeyEvent(event, key, "2026-11-28T12:00:00Z", "root")  # type: ignore[arg-type]
    room.ledger.record(Draft(told.to_statement()), by=room.acting("root"))


def add_holder(room: Room, name: str, *roles: str, address: str = "") -> None:
    """A holder whose key the ledger knows, unless `address` is somebody's who has one."""
    folder = room.context.workspace.folder
    keyring = Keyring.load(folder, passphrase=room.keyring.passphrase)
    known = bool(address)
    address = address or f"file:keys/{name}.pem"
    if not known:
        create(address, base=folder, passphrase=room.keyring.passphrase, entropy=os.urandom)
    keyring.with_holder(Holder(name, "person", roles, (address,))).save()
    if not known:
        change_key(room, name, "introduced")


def described(room: Room) -> tuple[Description, bytes]:
    """What a sealed file would say of itself, and its file key."""
    sealing, parts = Sealing(1 << 20, os.urandom(32)), Parts.drawn(os.urandom)
    envelope = Enveloping(room.context, room.context.settings).make(sealing.file_id.hex(), parts)
    return Description(sealing.file_id.hex(), "model.sealed", sealing.salt, WEIGHTS, envelope, 1), bytes(
        parts.file_key(sealing.salt)
    )


def _people(room: Room) -> None:
    room.add_custodians(*CUSTODIANS)
    add_holder(room, "bob", "researcher")


@cache
def _prepared() -> TemporaryDirectory[str]:
    """A workspace with custodians and somebody who reads weights, to be copied: to make keys is slow on purpose."""
    folder = TemporaryDirectory()
    with opened(Path(folder.name), clock=Clock()) as room:
        _people(room)
        Keks(room.context, room.context.settings).current()
    return folder


@contextmanager
def lent_weights(folder: Path, **settings: Any) -> Iterator[Lent]:
    """The room with its custodians, somebody who reads weights, and a file's key."""
    clock = Clock()
    if not (folder / "acme").exists() and "url" not in settings:
        shutil.copytree(_prepared().name, folder, dirs_exist_ok=True)
    with opened(folder, clock=clock, **settings) as room:
        if not room.service.custodians_list():
            _people(room)
        yield Lent(room, clock, *described(room))
