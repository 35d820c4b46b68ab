"""The numbers that objects get: when each was added, in microseconds since 1970, and no two the same.

They are given inside the transaction that writes, which excludes every other, so that whoever sees one sees all before.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from kept.practices.sharing.service.tables.objects import NUMBERS

_ROW = 1
# Made once, since making a query costs more than asking it.
_LATEST = select(NUMBERS.c.latest)
_ADVANCE = NUMBERS.update().values(latest=bindparam("reached"))


def take(connection: Connection, count: int, *, now: int) -> range:
    """`count` numbers later than all before, from `now` on where the clock wasn't set back."""
    latest = connection.execute(_LATEST).scalar()
    first = max(now, (latest or 0) + 1)
    if count and latest is None:
        connection.execute(NUMBERS.insert().values(row=_ROW, latest=first + count - 1))
    elif count:
        connection.execute(_ADVANCE, {"reached": first + count - 1})
    return range(first, first + count)
