"""The red-team room in a real workspace: keys, store and ledger as `kept init` makes them, in a given folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kept import models
from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.founding import Founding, found
from kept.core.keyring import Keyring
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import SCHEMA as LEDGER
from kept.core.ledger import Ledger
from kept.core.model import Model
from kept.core.store import Store
from kept.core.workspace import Workspace
from kept.models.options import ModelOptions
from kept.practices.red_team import PRACTICE
from kept.practices.red_team.records import Settings
from kept.practices.red_team.service import Service
from kept.practices.red_team.service.tables import SCHEMA


@dataclass(frozen=True)
class Room:
    service: Service
    store: Store
    ledger: Ledger
    actor: Actor


def now() -> datetime:
    return datetime.now(UTC)


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
    os.environ["KEPT_STATE"] = str(folder / "state")
    place = folder / "acme"
    workspace = Workspace.load(place) if place.exists() else found(Founding(place, "Acme AI"), entropy=os.urandom)
    keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
    store = Store.open(workspace.store_url, [LEDGER, SCHEMA])
    ledger = Ledger(
        store,
        origin=workspace.origin,
        log_signer=lambda: keyring.open(keyring.log),
        keyring=keyring.signers,
        folder=workspace.tiles,
        state=workspace.state,
        clock=clock,
        entropy=os.urandom,
    )
    context = Context(
        workspace=workspace,
        store=store,
        ledger=ledger,
        clock=clock,
        entropy=os.urandom,
        settings=Settings(concurrency=concurrency, inspect_python=inspect_python),
        open_model=open_model,
        ports={},
        backends=PRACTICE.backends,
    )
    try:
        yield Room(Service(context), store, ledger, keyring.actor(None))
    finally:
        store.close()
