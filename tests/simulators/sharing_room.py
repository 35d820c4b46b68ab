"""The sharing room in a workspace of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keyring import Keyring
from kept.core.store import Store
from kept.practices.sharing import PRACTICE
from kept.practices.sharing.service import Service
from simulators import opened_room


@dataclass(frozen=True)
class Room:
    """The service, what it is built from, and who acts."""

    service: Service
    context: Context
    store: Store
    actor: Actor
    keyring: Keyring


@contextmanager
def opened(folder: Path, **more: Any) -> Iterator[Room]:
    """The room in `folder`; `more` as `opened_room.opened` takes it."""
    with opened_room.opened(PRACTICE, folder, **more) as found:
        yield Room(Service(found.context), found.context, found.store, found.actor, found.keyring)
