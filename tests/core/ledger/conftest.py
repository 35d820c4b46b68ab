"""A workspace's ledger on SQLite, with real keys, whose clock and randomness the test decides."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import SCHEMA, Draft, Ledger
from kept.core.statement import Statement, Subject
from kept.core.store import Store

PROVIDER = Actor("provider")
TYPE = "https://kept.example/predicates/test/v1"


class Workspace:
    """A folder with a store and a ledger; opened anew it is what another process would see."""

    def __init__(self, folder: Path, state: Path, url: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.state = folder, state
        self.now = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
        self.url = url or f"sqlite:///{folder / 'store.db'}"
        self.store: Store | None = Store.open(self.url, [SCHEMA])
        numbers = count()
        self.ledger = Ledger(
            self.store,
            origin="log.example/acme",
            log_signer=lambda: SoftwareSigner.from_seed(sha256(b"log").digest()),
            keyring=lambda actor: [SoftwareSigner.from_seed(sha256(actor.id.encode()).digest())],
            folder=folder / "ledger",
            state=state,
            clock=lambda: self.now,
            entropy=lambda size: hashlib.shake_256(f"{folder}{next(numbers)}".encode()).digest(size),
        )

    def record(self, number: int, *, first: int = 0, model: str = "", kind: str = TYPE) -> None:
        self.ledger.record([draft(first + at, model=model, kind=kind) for at in range(number)], by=PROVIDER)

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def draft(number: int, *, model: str = "", kind: str = TYPE, conceal: tuple[str, ...] = ()) -> Draft:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    statement = Statement((Subject(f"thing {number}", {"sha256": digest}),), kind, {"number": number, "note": "here"})
    return Draft(statement, model=model, conceal=conceal)


@pytest.fixture
def opened(tmp_path: Path):
    """Opens a workspace by name; all of them share one state folder, as on one machine."""
    made: list[Workspace] = []

    def open_(name: str = "acme", *, state: str = "state") -> Workspace:
        made.append(Workspace(tmp_path / name, tmp_path / state))
        return made[-1]

    yield open_
    for workspace in made:
        workspace.close()


@pytest.fixture
def acme(opened: Callable[..., Workspace]) -> Workspace:
    return opened()
