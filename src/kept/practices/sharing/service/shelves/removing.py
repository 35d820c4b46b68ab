"""What is taken out of a collection: by its owner, and only what its owner put there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from kept.errors import Denied, NotFound
from kept.practices.sharing.records import Access, Entry, Filter
from kept.practices.sharing.service.shelves.queries import asked
from kept.practices.sharing.service.tables.objects import GONE, OBJECTS, SHOWN

_ALL = 10_000


def remove(
    connection: Connection, access: Access, identifier: str, *, versions: tuple[str, ...], by: str, now: int
) -> int:
    """Take versions of an object out, of those that `by` may see; how many went.

    Raises NotFound where it may see none of them, and Denied where they are somebody else's.
    """
    wanted = Filter(limit=_ALL, ids=(identifier,), versions=versions)
    found = [Entry(*row) for row in asked(connection, access.collection.number, access.audiences, wanted)]
    if not found:
        raise absent(identifier)
    own = select(OBJECTS.c.number, OBJECTS.c.version).where(
        OBJECTS.c.number.in_([entry.number for entry in found]), OBJECTS.c.owner == by
    )
    rows = connection.execute(own).all()
    if not rows:
        raise Denied(
            "This object is somebody else's, and only they may take it out.",
            code="object.other",
            hint="Send a sighting or an opinion about it.",
        )
    collection, numbers = access.collection.number, [row.number for row in rows]
    connection.execute(delete(SHOWN).where(SHOWN.c.number.in_(numbers)))
    connection.execute(delete(OBJECTS).where(OBJECTS.c.number.in_(numbers)))
    _remember(connection, collection, identifier, by, [row.version for row in rows], now)
    _mark_again(connection, collection, identifier, by)
    return len(numbers)


def absent(identifier: str) -> NotFound:
    """What whoever asks for an object is told that it may not see, whether or not it is there."""
    return NotFound(f"There is no object {identifier[:120]!r} here.", code="object.absent")


def _remember(
    connection: Connection, collection: int, identifier: str, owner: str, versions: Sequence[str], now: int
) -> None:
    named = (GONE.c.collection == collection, GONE.c.object == identifier, GONE.c.owner == owner)
    connection.execute(delete(GONE).where(*named, GONE.c.version.in_(versions)))
    rows = [
        {"collection": collection, "object": identifier, "owner": owner, "version": version, "made": now}
        for version in versions
    ]
    connection.execute(GONE.insert(), rows)


def _mark_again(connection: Connection, collection: int, identifier: str, owner: str) -> None:
    """Say of each audience which version is the first and which the last of those that are left."""
    named = (SHOWN.c.collection + 0 == collection, SHOWN.c.object == identifier, SHOWN.c.owner == owner)
    left: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in connection.execute(select(SHOWN.c.audience, SHOWN.c.version, SHOWN.c.number).where(*named)):
        left[row.audience].append((row.version, row.number))
    ends = {audience: (min(rows)[0], max(rows)[0]) for audience, rows in left.items()}
    values = [
        {"a": audience, "n": number, "is_first": int(version == first), "is_last": int(version == last)}
        for audience, (first, last) in ends.items()
        for version, number in left[audience]
    ]
    if values:
        again = (
            update(SHOWN)
            .where(
                SHOWN.c.collection == collection, SHOWN.c.audience == bindparam("a"), SHOWN.c.number == bindparam("n")
            )
            .values(first=bindparam("is_first"), last=bindparam("is_last"))
        )
        connection.execute(again, values)
