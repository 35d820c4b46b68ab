"""Who may see the watch page, and what it shows them: accesses and alarms, about pseudonyms alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.errors import Denied
from kept.practices.weights.records import Settings
from kept.practices.weights.records.insiders import AccessEvent
from kept.practices.weights.records.viewing import Link, Totals, View, Warned
from kept.practices.weights.service.moments import moment
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.access import READS
from kept.practices.weights.service.tables.insiders import ALARMS
from kept.practices.weights.service.tables.viewing import VIEWERS
from kept.practices.weights.service.trusted import history
from kept.practices.weights.service.watching.watcher import LIVE

LINK, SESSION = timedelta(minutes=10), timedelta(hours=8)
DAY = timedelta(days=1)
SHOWN = 100
SECRET_BYTES = 32
NOBODY = "watch.nobody"
"""The code of whoever hasn't signed in, or may not see the page any more."""


class Viewing:
    """The verbs of the watch page."""

    _context: Context
    _settings: Settings

    def watch_link(self, *, by: Actor) -> Link:
        """A link that lets its holder onto the watch page once, within ten minutes. Raises Denied without the role."""
        if not by.roles & set(self._settings.watchers):
            raise Denied(
                f"{by.id} may not watch who reads the weights.",
                code="watch.role",
                hint=f"It takes one of the roles {', '.join(self._settings.watchers)}.",
            )
        secret, until = self._let_in("link", by.id, LINK)
        return Link(f"/weights/enter?link={secret}", format_time(until))

    def watch_enter(self, link: str) -> tuple[str, int]:
        """The secret of a session, for a link that was not used yet, and its length in seconds. Raises Denied."""
        viewer = self._viewer(link, "link")
        digest = _digest(link)
        used = self._context.store.write(
            lambda connection: connection.execute(VIEWERS.delete().where(VIEWERS.c.digest == digest)).rowcount
        )
        if used != 1:
            raise _nobody()
        return self._let_in("session", viewer, SESSION)[0], int(SESSION.total_seconds())

    def watch_view(self, session: str) -> View:
        """What the page shows to whoever has a session and counts by the trust file still. Raises Denied."""
        viewer = self._viewer(session, "session")
        now = self._context.clock().astimezone(UTC)
        with self._context.store.read() as connection:
            rows = connection.execute(select(READS).order_by(READS.c.number.desc()).limit(SHOWN)).all()
            totals = _totals(connection, since=_milliseconds(now - DAY))
        names = People(self._context).pseudonyms([name for row in rows for name in (row.person, row.other)])
        events = tuple(
            AccessEvent(
                datetime.fromtimestamp(row.made / 1000, UTC),
                names[row.person],
                row.outcome,
                file=row.file,
                tensors=row.tensors,
                bytes=row.bytes,
                lease=row.lease,
                other=names[row.other],
                code=row.code,
                decoy=row.decoy,
                number=row.number,
            )
            for row in rows
        )
        return View(format_time(now), viewer, totals, events, self._warned())

    def _warned(self) -> tuple[Warned, ...]:
        query = select(ALARMS).where(ALARMS.c.source == LIVE).order_by(ALARMS.c.raised.desc()).limit(SHOWN)
        with self._context.store.read() as connection:
            return tuple(
                Warned(format_time(moment(row.raised)), row.tier, row.person, row.words, row.state)
                for row in connection.execute(query)
            )

    def _let_in(self, kind: str, viewer: str, span: timedelta) -> tuple[str, datetime]:
        """A new secret; those whose time is over go."""
        secret, now = self._context.entropy(SECRET_BYTES).hex(), self._context.clock().astimezone(UTC)
        row = {"digest": _digest(secret), "kind": kind, "viewer": viewer, "until": _milliseconds(now + span)}

        def work(connection: Connection) -> None:
            connection.execute(VIEWERS.delete().where(VIEWERS.c.until < _milliseconds(now)))
            connection.execute(VIEWERS.insert().values(**row))

        self._context.store.write(work)
        return secret, now + span

    def _viewer(self, secret: str, kind: str) -> str:
        """Who came in with a secret, if a key of theirs counts in one of the roles still. Raises Denied."""
        now = _milliseconds(self._context.clock().astimezone(UTC))
        query = select(VIEWERS.c.viewer).where(
            VIEWERS.c.digest == _digest(secret), VIEWERS.c.kind == kind, VIEWERS.c.until >= now
        )
        with self._context.store.read() as connection:
            viewer = connection.execute(query).scalar()
        if viewer is None or not self._counts(viewer):
            raise _nobody()
        return str(viewer)

    def _counts(self, viewer: str) -> bool:
        size = self._context.ledger.size()
        tenures = [each for each in history(self._context)[1].tenures.values() if each.counts_at(size)]
        roles = [each.holder.roles for each in tenures if each.holder.name == viewer]
        return any(held & set(self._settings.watchers) for held in roles)


def _totals(connection: Connection, *, since: int) -> Totals:
    query = select(
        func.count(READS.c.number).filter(READS.c.outcome.in_(("read", "export"))),
        func.coalesce(func.sum(READS.c.bytes), 0),
        func.count(READS.c.number).filter(READS.c.outcome == "refused"),
        func.count(READS.c.person.distinct()),
        func.count(READS.c.number).filter(READS.c.decoy),
    ).where(READS.c.made >= since)
    return Totals(*(int(value) for value in connection.execute(query).one()))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _nobody() -> Denied:
    return Denied(
        "Nobody has signed in here, or their time is over.",
        code=NOBODY,
        hint="Ask for a link on the machine of the workspace: kept weights watch-link",
    )
