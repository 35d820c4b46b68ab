"""What came from peers, in the order in which it came: what is posted here and what is pulled from there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, select, text

from kept.core.context import Context
from kept.practices.sharing.records import Received
from kept.practices.sharing.service.moments import told
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.objects import OBJECTS, SHOWN


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
            .where(OBJECTS.c.collection == COLLECTIONS.c.number, OBJECTS.c.number > since, _FROM_OTHERS)
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


_NEWER = SHOWN.alias("newer")
_LATEST = ~exists().where(
    _NEWER.c.collection + 0 == OBJECTS.c.collection,
    _NEWER.c.object == OBJECTS.c.object,
    _NEWER.c.owner == OBJECTS.c.owner,
    _NEWER.c.version > OBJECTS.c.version,
)
_FROM_OTHERS = text("sharing_objects.source <> ''")


def latest_received(connection: Connection) -> int:
    """The cursor of what came last; 0 where nothing came yet."""
    query = select(OBJECTS.c.number).where(_FROM_OTHERS).order_by(OBJECTS.c.number.desc()).limit(1)
    return connection.execute(query).scalar() or 0
