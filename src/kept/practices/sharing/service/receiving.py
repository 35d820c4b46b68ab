"""What came from peers, in the order in which it came: what is posted here and what is pulled from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, exists, select

from kept.core.context import Context
from kept.errors import Conflict
from kept.practices.sharing.records import Received
from kept.practices.sharing.service.moments import told
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.objects import FROM_OTHERS, OBJECTS, SHOWN
from kept.practices.sharing.service.tables.readers import READERS

_BATCH = 100
Rows = Sequence[Mapping[str, Any]]


class Receiving:
    """The verb about what was received."""

    _context: Context

    def received(self, *, since: int = 0, limit: int = 100, kinds: Sequence[str] = ()) -> tuple[Received, ...]:
        """At most `limit` objects that came after the cursor `since`, the oldest first; 0 begins at the first.

        With `kinds`, only those of these types of STIX.

        The cursor of the last resumes after it, and nothing that comes later ever stands before it.
        """
        query = (
            select(OBJECTS, COLLECTIONS.c.id.label("place"), _LATEST.label("latest"))
            .where(OBJECTS.c.collection == COLLECTIONS.c.number, OBJECTS.c.number > since, FROM_OTHERS)
            .order_by(OBJECTS.c.number)
            .limit(limit)
        )
        if kinds:
            query = query.where(OBJECTS.c.kind.in_(kinds))
        with self._context.store.read() as connection:
            return tuple(
                Received(
                    row.number,
                    row.object,
                    row.kind,
                    row.version,
                    row.source,
                    row.place,
                    row.tlp,
                    row.signature,
                    row.owner if row.signature == "valid" else "",
                    bool(row.latest),
                    told(row.number),
                    bytes(row.body),
                )
                for row in connection.execute(query)
            )

    def _read_on(
        self, reader: str, into: Table, rows_of: Callable[[Received], Rows | None], *, kinds: Sequence[str] = ()
    ) -> tuple[int, int]:
        """Enter into a table what came since a reader's last time; how many objects were entered, and how many passed.

        `rows_of` makes the rows of an object, None for one that is passed over. Rows and how far the reader has come
        are written together, so that each object is entered once, whoever else reads under that name. With `kinds`,
        only objects of these types of STIX are read at all.
        """
        entered = passed = 0
        while True:
            with self._context.store.read() as connection:
                since, latest = _come(connection, reader), _latest_received(connection)
            if latest <= since:
                return entered, passed
            found = self.received(since=since, limit=_BATCH, kinds=kinds)
            made = [rows for each in found if (rows := rows_of(each)) is not None]
            # Where the batch isn't full, nothing of other kinds is looked at again.
            cursor = found[-1].cursor if len(found) == _BATCH else max(latest, *(each.cursor for each in found), since)
            try:
                self._enter(reader, into, [row for rows in made for row in rows], since=since, cursor=cursor)
            except Conflict:
                with self._context.store.read() as connection:
                    if _come(connection, reader) == since:
                        raise
                continue  # Another process entered them just now, and the reader has moved.
            entered, passed = entered + len(made), passed + len(found) - len(made)

    def _enter(self, reader: str, into: Table, rows: Rows, *, since: int, cursor: int) -> None:
        def work(connection: Connection) -> None:
            if rows:
                connection.execute(into.insert(), rows)
            mine = READERS.update().where(READERS.c.name == reader, READERS.c.cursor == since)
            if connection.execute(mine.values(cursor=cursor)).rowcount == 0:
                connection.execute(READERS.insert().values(name=reader, cursor=cursor))

        self._context.store.write(work)


_NEWER = SHOWN.alias("newer")
_LATEST = ~exists().where(
    _NEWER.c.collection + 0 == OBJECTS.c.collection,
    _NEWER.c.object == OBJECTS.c.object,
    _NEWER.c.owner == OBJECTS.c.owner,
    _NEWER.c.version > OBJECTS.c.version,
)


def _come(connection: Connection, reader: str) -> int:
    """How far a reader has come; 0 where it has read nothing yet."""
    return int(connection.execute(select(READERS.c.cursor).where(READERS.c.name == reader)).scalar() or 0)


def _latest_received(connection: Connection) -> int:
    """The cursor of what came last; 0 where nothing came yet."""
    query = select(OBJECTS.c.number).where(FROM_OTHERS).order_by(OBJECTS.c.number.desc()).limit(1)
    return connection.execute(query).scalar() or 0
