"""A process that records statements, each with a row of its own in the same transaction, and says what it was told."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from kept.core.actor import Actor
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import SCHEMA, Draft, Ledger
from kept.core.statement import Statement, Subject
from kept.core.store import Schema, Store
from simulators.store_schema import METADATA, NOTES

TYPE = "https://kept.example/predicates/test/v1"
PROVIDER = Actor("provider")
SCHEMAS = (SCHEMA, Schema("test", METADATA))


def open_ledger(store: Store, folder: Path) -> Ledger:
    return Ledger(
        store,
        origin="log.example/acme",
        log_signer=lambda: SoftwareSigner.from_seed(sha256(b"log").digest()),
        keyring=lambda actor: [SoftwareSigner.from_seed(sha256(actor.id.encode()).digest())],
        folder=folder / "ledger",
        state=folder / "state",
        clock=lambda: datetime(2026, 11, 22, 7, 30, tzinfo=UTC),
        entropy=os.urandom,
    )


def record(ledger: Ledger, name: str, *, statements: int, say: Callable[[str], None]) -> None:
    """Record statements and a note in one transaction, then say "<first index> <name> <digest> …"."""
    subject = Subject(name, {"sha256": hashlib.sha256(name.encode()).hexdigest()})
    drafts = [Draft(Statement((subject,), TYPE, {"name": name, "part": part})) for part in range(statements)]

    def rows(connection) -> None:
        connection.execute(NOTES.insert().values(text=name, batch=statements))

    receipts = ledger.record(drafts, by=PROVIDER, rows=rows)
    say(" ".join([str(receipts[0].index), name, *[receipt.entry.digest for receipt in receipts]]))
