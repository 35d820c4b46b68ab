"""The provenance room in a real workspace, in a given folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.ledger import Ledger
from kept.core.store import Store
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.service import Service
from simulators import opened_room
from simulators.opened_room import no_model, now


@dataclass(frozen=True)
class Room:
    service: Service
    context: Context
    store: Store
    ledger: Ledger
    actor: Actor


@contextmanager
def opened(
    folder: Path, *, clock: Any = now, entropy: Any = os.urandom, open_model: Any = no_model, **settings: Any
) -> Iterator[Room]:
    """The room in `folder`, with the chain that `kept init` makes to sign manifests."""
    told = {"clock": clock, "entropy": entropy, "open_model": open_model, **settings}
    with opened_room.opened(PRACTICE, folder, **told) as found:
        room = Room(Service(found.context), found.context, found.store, found.ledger, found.actor)
        if not (found.context.workspace.keys / "c2pa").exists():
            room.service.found(by=room.actor)
        yield room
