"""Peers whose patterns cost more than a prompt may, as operators see them: never a word of the prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, select

from kept.core.context import Context
from kept.errors import Unavailable
from kept.practices.sharing.records.overseeing import Costly
from kept.practices.sharing.service.moments import microseconds, microseconds_of, told
from kept.practices.sharing.service.tables.costly import COSTLY

FORGOTTEN = timedelta(days=7)
"""How long a peer is shown after the last prompt on which not all of its patterns were tried."""
_TOGETHER = 1000


class Costing:
    """Notes such peers, and tells of them."""

    _context: Context

    def matcher_incomplete(self, prompts: Mapping[str, int]) -> None:
        """Note on how many prompts not all patterns of each peer were tried, as `incomplete` of their answers says.

        A gateway that holds a matcher says so now and then, for many prompts at once.
        """
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> None:
            for peer, count in prompts.items():
                row = connection.execute(select(COSTLY).where(COSTLY.c.peer == peer)).first()
                if row and row.last > now - microseconds_of(FORGOTTEN):
                    more = {"prompts": row.prompts + count, "last": now}
                    connection.execute(COSTLY.update().where(COSTLY.c.peer == peer).values(**more))
                else:
                    connection.execute(COSTLY.delete().where(COSTLY.c.peer == peer))
                    connection.execute(COSTLY.insert().values(peer=peer, prompts=count, since=now, last=now))

        self._context.store.write(work)

    def _costly(self) -> tuple[Costly, ...]:
        """The peers of the last seven days, those first that cost most often."""
        since = microseconds(self._context.clock()) - microseconds_of(FORGOTTEN)
        query = select(COSTLY).where(COSTLY.c.last > since).order_by(COSTLY.c.prompts.desc(), COSTLY.c.peer)
        with self._context.store.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Costly(row.peer, row.prompts, told(row.since), told(row.last)) for row in rows)


class Counting:
    """Counts such prompts of a stream and has them noted: the first at once, then many together."""

    def __init__(self, room: Costing) -> None:
        self._room = room
        self._pending: Counter[str] = Counter()
        self._known: set[str] = set()

    def add(self, incomplete: tuple[str, ...]) -> None:
        """One more prompt on which not all patterns of these peers were tried."""
        self._pending.update(incomplete)
        if self._known.issuperset(incomplete) and self._pending.total() < _TOGETHER:
            return
        try:
            self.write()
        except Unavailable:
            # The answers say it, whether or not the store is there to note it; it is tried again with the next.
            return
        self._known.update(incomplete)

    def write(self) -> None:
        """Note what wasn't noted yet. Raises Unavailable where the store is away."""
        if self._pending:
            self._room.matcher_incomplete(self._pending)
            self._pending = Counter()
