"""The weights room in a real workspace with a root key, in a given folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.keyring import Keyring
from kept.practices.weights import PRACTICE
from kept.practices.weights.service import Service
from simulators import opened_room


@dataclass(frozen=True)
class Room(opened_room.Opened):
    service: Service

    def acting(self, name: str) -> Actor:
        """A holder of the workspace, also one who came after it was opened."""
        return Keyring.load(self.context.workspace.folder, passphrase=self.keyring.passphrase).actor(name)

    def add_custodians(self, *names: str) -> None:
        """Make custodians, as root does."""
        for name in names:
            self.service.custodians_add(name, by=self.acting("root"))


@contextmanager
def opened(folder: Path, **told: Any) -> Iterator[Room]:
    """The room in `folder`; see `opened_room.opened` for what may be told."""
    with opened_room.opened(PRACTICE, folder, root=True, **told) as found:
        yield Room(found.context, found.store, found.ledger, found.keyring, found.actor, Service(found.context))
