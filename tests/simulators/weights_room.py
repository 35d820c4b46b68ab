"""The weights room in a real workspace: keys, store and ledger as `kept init` makes them, in a given folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.founding import Founding, found
from kept.core.keyring import FILE, Keyring
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import SCHEMA as LEDGER
from kept.core.ledger import Ledger
from kept.core.reference import load
from kept.core.store import Store
from kept.core.workspace import Workspace
from kept.practices.weights import PRACTICE
from kept.practices.weights.service import Service


@dataclass(frozen=True)
class Room:
    service: Service
    context: Context
    store: Store
    ledger: Ledger
    keyring: Keyring
    actor: Actor

    def acting(self, name: str) -> Actor:
        """A holder of the workspace, also one who came after it was opened."""
        return Keyring.load(self.context.workspace.folder, passphrase=self.keyring.passphrase).actor(name)

    def add_custodians(self, *names: str) -> None:
        """Make custodians, as root does."""
        for name in names:
            self.service.custodians_add(name, by=self.acting("root"))


def now() -> datetime:
    return datetime.now(UTC)


def no_model(address: str, **options: Any) -> Any:
    raise AssertionError(f"this test opens no model ({address}, {options})")


@contextmanager
def opened(
    folder: Path, *, clock: Any = now, entropy: Any = os.urandom, url: str = "", **settings: Any
) -> Iterator[Room]:
    """The room in `folder`, whose workspace is made at the first opening; `url` names another store than its own."""
    os.environ["KEPT_STATE"] = str(folder / "state")
    place = folder / "acme"
    workspace = (
        Workspace.load(place) if place.exists() else found(Founding(place, "Acme AI", root=True), entropy=os.urandom)
    )

    known: dict[int, Keyring] = {}

    def keyring() -> Keyring:
        # Read again when it has changed, as the root of the application does: custodians come while it is open.
        stamp = (workspace.keys / FILE).stat().st_mtime_ns
        if stamp not in known:
            known[stamp] = Keyring.load(
                workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret)
            )
        return known[stamp]

    store = Store.open(url or workspace.store_url, [LEDGER, load(PRACTICE.schema)])
    ledger = Ledger(
        store,
        origin=workspace.origin,
        log_signer=lambda: keyring().open(keyring().log),
        keyring=lambda actor: keyring().signers(actor),
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
        entropy=entropy,
        settings=load(PRACTICE.settings)(**settings),
        open_model=no_model,
        ports={},
        backends=PRACTICE.backends,
    )
    try:
        yield Room(Service(context), context, store, ledger, keyring(), keyring().actor(None))
    finally:
        store.close()
