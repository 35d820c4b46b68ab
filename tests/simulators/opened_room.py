"""A room in a real workspace: keys, store and ledger as `kept init` makes them, in a given folder."""

import atexit
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Clock, Context, Entropy
from kept.core.founding import Founding, found
from kept.core.keyring import FILE, Keyring
from kept.core.keys.secret import VARIABLE, choose_passphrase
from kept.core.ledger import SCHEMA as LEDGER
from kept.core.ledger import Ledger
from kept.core.practice import Practice
from kept.core.reference import load
from kept.core.store import Store
from kept.core.workspace import Workspace


@dataclass(frozen=True)
class Opened:
    """What a service is built from, and who acts."""

    context: Context
    store: Store
    ledger: Ledger
    keyring: Keyring
    actor: Actor


def no_model(address: str, **options: Any) -> Any:
    raise AssertionError(f"this test opens no model ({address}, {options})")


def now() -> datetime:
    return datetime.now(UTC)


@cache
def _founded(name: str, root: bool, passphrase: str, schema: str) -> Path:
    """A new workspace with the tables of a room, to be copied: to make keys is slow on purpose.

    One for each passphrase in the environment.
    """
    made = Path(mkdtemp())
    atexit.register(_remove, made, os.getpid())
    # Whoever opens a room sets this anew; the passphrase of its keys lies there.
    os.environ["KEPT_STATE"] = str(made / "state")
    workspace = found(Founding(made / "acme", "Acme AI", root=root), entropy=os.urandom)
    Store.open(workspace.store_url, [LEDGER, load(schema)]).close()
    return made


def _remove(folder: Path, maker: int) -> None:
    # A test may fork; what a child leaves when it ends is its parent's still.
    if os.getpid() == maker:
        shutil.rmtree(folder)


@contextmanager
def opened(
    practice: Practice,
    folder: Path,
    *,
    open_model: Any = no_model,
    clock: Clock = now,
    entropy: Entropy = os.urandom,
    root: bool = False,
    url: str = "",
    models: Mapping[str, str] | None = None,
    **settings: Any,
) -> Iterator[Opened]:
    """The room in `folder`, whose workspace is made at the first opening, and with it its state.

    `root` makes a root key, too; `url` names another store than the workspace's own; `models` are those of kept.toml.
    """
    place = folder / "acme"
    if not place.exists():
        # Two rooms of one test lie in folders with names of their own, and have keys of their own.
        name = "" if re.match(r"test_.*\d$", folder.name) else folder.name
        made = _founded(name, root, os.environ.get(VARIABLE, ""), practice.schema)
        shutil.copytree(made, folder, dirs_exist_ok=True)
    os.environ["KEPT_STATE"] = str(folder / "state")
    workspace = Workspace.load(place)
    workspace = replace(workspace, models=models or workspace.models)
    known: dict[int, Keyring] = {}

    def keyring() -> Keyring:
        # Read again when it has changed, as the root of the application does: holders come while it is open.
        stamp = (workspace.keys / FILE).stat().st_mtime_ns
        if stamp not in known:
            known[stamp] = Keyring.load(
                workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret)
            )
        return known[stamp]

    store = Store.open(url or workspace.store_url, [LEDGER, load(practice.schema)])
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
        settings=load(practice.settings)(**settings),
        open_model=open_model,
        ports={},
        backends=practice.backends,
    )
    try:
        yield Opened(context, store, ledger, keyring(), keyring().actor(None))
    finally:
        store.close()
