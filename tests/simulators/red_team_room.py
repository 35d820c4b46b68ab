"""The red-team room in a real workspace, in a given folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept import models
from kept.core.actor import Actor
from kept.core.ledger import Ledger
from kept.core.model import Model
from kept.core.store import Store
from kept.models.options import ModelOptions
from kept.practices.red_team import PRACTICE
from kept.practices.red_team.service import Service
from simulators import opened_room
from simulators.opened_room import now


@dataclass(frozen=True)
class Room:
    service: Service
    store: Store
    ledger: Ledger
    actor: Actor


def open_model(address: str, **options: Any) -> Model:
    chosen = {name: value for name, value in options.items() if value is not None}
    return models.open_model(address, options=ModelOptions(**chosen))


@contextmanager
def opened(
    folder: Path,
    *,
    concurrency: int = 64,
    open_model: Any = open_model,
    clock: Any = now,
    inspect_python: str = "",
) -> Iterator[Room]:
    """The room in `folder`, whose workspace is made at the first opening."""
    settings = {"concurrency": concurrency, "inspect_python": inspect_python}
    with opened_room.opened(PRACTICE, folder, open_model=open_model, clock=clock, **settings) as found:
        yield Room(Service(found.context), found.store, found.ledger, found.actor)
