"""The numbers that objects get: when each was added, in microseconds since 1970, and no two the same.

They are given inside the transaction that writes, which excludes every other, so that whoever sees one sees all before.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from kept.practices.sharing.service.tables.objects import NUMBERS

_ROW = 1


def take(connection: Connection, count: int, *, now: int) -> range:
    """`count` numbers later than all before, from `now` on where the clock wasn't set back."""
    latest = connection.execute(select(NUMBERS.c.latest)).scalar()
    first = max(now, (latest or 0) + 1)
    if count and latest is None:
        connection.execute(NUMBERS.insert().values(row=_ROW, latest=first + count - 1))
    elif count:
        connection.execute(NUMBERS.update().values(latest=first + count - 1))
    return range(first, first + count)
