"""Collections that are served here, and who may read and write each."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.errors import NotFound
from kept.practices.sharing.records import Collection, CollectionRow
from kept.practices.sharing.service.admitting import check_peer
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.tables.collections import COLLECTIONS, RIGHTS


class Collecting:
    """The verbs about collections."""

    _context: Context

    def collections_add(self, collection: Collection, *, by: Actor) -> CollectionRow:
        """Begin a collection, which nobody reads until it is granted. Raises Denied."""
        check_role(by, *SHARERS, to="add collections")
        name = str(uuid.UUID(bytes=self._context.entropy(16), version=4))
        row = new_row(collection, name, peer="", made=microseconds(self._context.clock()))
        number = self._context.store.write(lambda connection: insert(connection, row))
        return told({**row, "number": number})

    def collections_list(self) -> tuple[CollectionRow, ...]:
        """Every collection that is served here or mirrors a peer's, with who may read and write it."""
        readers: dict[int, list[str]] = defaultdict(list)
        writers: dict[int, list[str]] = defaultdict(list)
        with self._context.store.read() as connection:
            for right in connection.execute(select(RIGHTS).order_by(RIGHTS.c.peer)):
                if right.can_read:
                    readers[right.collection].append(right.peer)
                if right.can_write:
                    writers[right.collection].append(right.peer)
            rows = connection.execute(select(COLLECTIONS).order_by(COLLECTIONS.c.number)).mappings().all()
        return tuple(
            told(row, readers=tuple(readers[row["number"]]), writers=tuple(writers[row["number"]])) for row in rows
        )

    def collections_grant(self, collection: str, peer: str, *, read: bool, write: bool, by: Actor) -> None:
        """Say anew what a peer may do with a collection: read, write, both or, with neither, nothing any more.

        Raises Denied, or NotFound for no such collection or peer.
        """
        check_role(by, *SHARERS, to="say who may read a collection")

        def work(connection: Connection) -> None:
            check_peer(connection, peer)
            number = served(connection, collection)["number"]
            connection.execute(RIGHTS.delete().where(RIGHTS.c.collection == number, RIGHTS.c.peer == peer))
            if read or write:
                connection.execute(RIGHTS.insert().values(collection=number, peer=peer, can_read=read, can_write=write))

        self._context.store.write(work)


def new_row(collection: Collection, name: str, *, peer: str, made: int) -> dict[str, Any]:
    """The row of a new collection, without its number."""
    return {
        "id": name,
        "community": collection.community,
        "title": collection.title,
        "description": collection.description,
        "default_tlp": collection.default_tlp,
        "amber": collection.amber,
        "released": collection.released,
        "peer": peer,
        "made": made,
    }


def insert(connection: Connection, row: dict[str, Any]) -> int:
    """Add a collection under the next number."""
    number: int = (connection.execute(select(func.max(COLLECTIONS.c.number))).scalar() or 0) + 1
    connection.execute(COLLECTIONS.insert().values(**row, number=number))
    return number


def served(connection: Connection, name: str) -> Any:
    """The row of a collection that is served here, by its id or, where only one has it, its title. Raises NotFound."""
    query = select(COLLECTIONS).where(
        COLLECTIONS.c.peer == "", (COLLECTIONS.c.id == name) | (COLLECTIONS.c.title == name)
    )
    rows = connection.execute(query).mappings().all()
    if len(rows) != 1:
        raise NotFound(
            f"No one collection is called {name[:80]!r}.",
            code="collection.absent",
            hint="List them: kept sharing collections list",
        )
    return rows[0]


def told(row: Any, *, readers: tuple[str, ...] = (), writers: tuple[str, ...] = ()) -> CollectionRow:
    """A collection as its row has it."""
    return CollectionRow(
        row["id"],
        row["number"],
        row["title"],
        row["community"],
        row["description"],
        row["default_tlp"],
        row["amber"],
        row["released"],
        row["peer"],
        readers,
        writers,
    )
