"""The verbs of the roster: who is on call when, and when nobody is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.errors import NotFound
from kept.practices.sharing.methods.urgency import check_roster, gaps, on_call
from kept.practices.sharing.records.urgency import Roster, Watch
from kept.practices.sharing.service.moments import microseconds, moment
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.tables.notices import ROSTER

AHEAD = timedelta(days=14)
"""How far ahead gaps of the roster are told."""


class Rostering:
    """Says who is called, and in which order."""

    _context: Context

    def roster_show(self, *, by: Actor) -> Roster:
        """Who is on call now, the watches that aren't over, and the gaps of two weeks. Raises Denied."""
        check_role(by, *SHARERS, to="see the roster")
        now = self._context.clock()
        with self._context.store.read() as connection:
            watches = watches_of(connection)
        left = tuple(each for each in watches if each.ends > now)
        return Roster(on_call(watches, now), left, gaps(watches, since=now, until=now + AHEAD))

    def roster_add(self, watch: Watch, *, by: Actor) -> Roster:
        """Put somebody on call. Raises Denied, or Invalid for a watch that can't be, or beside another of its level."""
        check_role(by, *SHARERS, to="change the roster")
        row = {"person": watch.person, "level": watch.level, "begins": microseconds(watch.begins)}

        def work(connection: Connection) -> None:
            check_roster([*watches_of(connection), watch])
            connection.execute(ROSTER.insert().values(**row, ends=microseconds(watch.ends)))

        self._context.store.write(work)
        return self.roster_show(by=by)

    def roster_remove(self, watch: Watch, *, by: Actor) -> Roster:
        """Take a watch off the roster; calls that were made stay made. Raises Denied or NotFound."""
        check_role(by, *SHARERS, to="change the roster")
        same = (ROSTER.c.person == watch.person) & (ROSTER.c.level == watch.level)
        at = (ROSTER.c.begins == microseconds(watch.begins)) & (ROSTER.c.ends == microseconds(watch.ends))
        gone = self._context.store.write(
            lambda connection: connection.execute(ROSTER.delete().where(same, at)).rowcount
        )
        if not gone:
            raise NotFound("There is no such watch.", code="roster.absent", hint="See: kept sharing roster show")
        return self.roster_show(by=by)


def watches_of(connection: Connection) -> tuple[Watch, ...]:
    """Who is on call when, by level and by time."""
    rows = connection.execute(select(ROSTER).order_by(ROSTER.c.level, ROSTER.c.begins)).all()
    return tuple(Watch(row.person, row.level, moment(row.begins), moment(row.ends)) for row in rows)
