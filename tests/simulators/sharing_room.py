"""The sharing room in a workspace of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keyring import Keyring
from kept.core.store import Store
from kept.practices.sharing import PRACTICE
from kept.practices.sharing.service import Service
from simulators import opened_room

ADDED = {3: ("sharing_api_keys", ("salt",)), 4: ("sharing_replays", ("ended", "confined", "begun"))}
"""By version, which columns the migration to it added to which table."""
NEW = {5: "sharing_costly"}
"""And which table it added."""


@dataclass(frozen=True)
class Room:
    """The service, what it is built from, and who acts."""

    service: Service
    context: Context
    store: Store
    actor: Actor
    keyring: Keyring


def age(connection: Connection, *, version: int) -> None:
    """Make a store what it was before the migration that led to a version."""
    for later, (table, columns) in ADDED.items():
        for column in columns if later >= version else ():
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    for later, table in NEW.items():
        if later >= version:
            connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text(f"DELETE FROM kept_migrations WHERE room = 'sharing' AND version >= {version}"))


@contextmanager
def opened(folder: Path, **more: Any) -> Iterator[Room]:
    """The room in `folder`; `more` as `opened_room.opened` takes it."""
    with opened_room.opened(PRACTICE, folder, **more) as found:
        yield Room(Service(found.context), found.context, found.store, found.actor, found.keyring)
