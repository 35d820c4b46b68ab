"""What a reader finds in a collection."""

from __future__ import annotations

from sqlalchemy import Connection

from kept.practices.sharing.records import Access, Entry, Filter, Page
from kept.practices.sharing.service.shelves.queries import asked

PAGE_BYTES = 8 * 1024 * 1024
"""How much one page holds at most, unless one object is larger."""
SPECIFICATION = "2.1"


def page(connection: Connection, access: Access, wanted: Filter, *, bodies: bool) -> Page:
    """The objects that a reader may see and asked for, in the order in which they were added."""
    if not access.audiences or (wanted.specifications and SPECIFICATION not in wanted.specifications):
        return Page((), more=False)
    found = [Entry(*row) for row in asked(connection, access.collection.number, access.audiences, wanted)]
    kept = _fitting(found[: wanted.limit]) if bodies else found[: wanted.limit]
    more = len(kept) < len(found)
    return Page(tuple(kept), more, _bodies(connection, kept) if bodies and kept else ())


def _fitting(found: list[Entry]) -> list[Entry]:
    """Those that fit into one page."""
    taken = 0
    for at, entry in enumerate(found):
        taken += entry.size
        if taken > PAGE_BYTES and at:
            return found[:at]
    return found


def _bodies(connection: Connection, entries: list[Entry]) -> tuple[bytes, ...]:
    # A statement that names no number is one that the database has read before.
    numbers = tuple(entry.number for entry in entries)
    if connection.dialect.paramstyle == "qmark":
        found = connection.exec_driver_sql(_BODIES.format(f"IN ({','.join('?' * len(numbers))})"), numbers)
    else:
        found = connection.exec_driver_sql(_BODIES.format("= ANY(%s)"), (list(numbers),))
    return tuple(bytes(row[0]) for row in found.all())


_BODIES = "SELECT body FROM sharing_objects WHERE number {} ORDER BY number"
