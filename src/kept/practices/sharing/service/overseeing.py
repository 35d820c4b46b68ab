"""The verbs that show what waits for somebody, how a peer stands, and one urgent matter with all about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import format_time
from kept.errors import NotFound
from kept.practices.sharing.methods.objects import DEFINITIONS, kind_of
from kept.practices.sharing.records import PeerRow
from kept.practices.sharing.records.groups import Standing
from kept.practices.sharing.records.overseeing import (
    KnownKey,
    NoticeShown,
    Outgoing,
    PeerShown,
    PulledFrom,
    Waiting,
)
from kept.practices.sharing.records.replays import SharedReplay
from kept.practices.sharing.records.urgency import Call, Notice
from kept.practices.sharing.service.collecting import Collecting
from kept.practices.sharing.service.costing import Costing
from kept.practices.sharing.service.moments import moment, told
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.replaying import READER
from kept.practices.sharing.service.replaying import rows as replays
from kept.practices.sharing.service.replaying.rows import PATTERN
from kept.practices.sharing.service.tables.collections import API_KEYS, CERTIFICATES, COLLECTIONS
from kept.practices.sharing.service.tables.exchanging import CURSORS, OUTBOX
from kept.practices.sharing.service.tables.notices import CALLS
from kept.practices.sharing.service.tables.objects import FROM_OTHERS, OBJECTS
from kept.practices.sharing.service.tables.readers import READERS
from kept.practices.sharing.service.working import Working

_BODIES = 100  # read at once, of what came


class Overseeing(Working, Collecting, Costing):
    """Shows what there is to do."""

    @property
    def now(self) -> datetime:
        """The moment by the room's clock, against which what is due is shown."""
        return self._context.clock()

    def waiting(self, *, by: Actor) -> Waiting:
        """All that waits for somebody: urgent matters, what came, drafts, what is to be sent, and peers to look at.

        Raises Denied without the role.
        """
        check_role(by, *SHARERS, to="see what waits")
        drafts = self.groups_list(by=by)
        with self._context.store.read() as connection:
            arrived, outgoing = _arrived(connection), tuple(_outgoing(connection))
        return Waiting(
            now=format_time(self.now),
            notices=tuple(sorted(self.notices_list(by=by), key=lambda each: each.due)),
            arrived=arrived,
            unended=self._unended(),
            answers=tuple(each for each in self.sightings_list(by=by) if each.state == "ready"),
            votes=tuple(each for each in drafts if self._awaits_vote(each)),
            assents=tuple(each for each in drafts if self._awaits_assent(each)),
            outgoing=outgoing,
            silent=tuple(each for each in self.peers_list() if each.state == "silent"),
            costly=self._costly(),
        )

    def peers_show(self, name: str, *, by: Actor) -> PeerShown:
        """A peer with what it is known by, what it may read and write, and how the exchange stands.

        Raises Denied without the role, or NotFound.
        """
        check_role(by, *SHARERS, to="see how a peer stands")
        row = self._peer_row(name)
        places = self.collections_list()
        with self._context.store.read() as connection:
            return PeerShown(
                peer=row,
                keys=tuple(_keys(connection, name)),
                certificates=tuple(
                    connection.execute(select(CERTIFICATES.c.spki).where(CERTIFICATES.c.peer == name)).scalars()
                ),
                reads=tuple(each for each in places if name in each.readers),
                writes=tuple(each for each in places if name in each.writers),
                pulls=tuple(_pulls(connection, name)),
                outgoing=next(_outgoing(connection, name), None),
            )

    def notices_show(self, notice: int, *, by: Actor) -> NoticeShown:
        """An urgent matter with who was called when, and what was shared. Raises Denied without the role, or NotFound.

        It is looked up as it stands: whoever is called by now is noted first.
        """
        check_role(by, *SHARERS, to="see urgent matters")
        self.notices_look()
        with self._context.store.read() as connection:
            found: Notice = self._notice(connection, notice)
            body = connection.execute(select(OBJECTS.c.body).where(OBJECTS.c.number == notice)).scalar()
            calls = tuple(_calls(connection, notice))
        return NoticeShown(format_time(self.now), found, calls, json.loads(bytes(body)) if body else None)

    def _peer_row(self, name: str) -> PeerRow:
        for each in self.peers_list():
            if each.name == name:
                return each
        raise NotFound(
            f"There is no peer {name[:80]!r}.", code="peer.absent", hint="List them: kept sharing peers list"
        )

    def _unended(self) -> tuple[SharedReplay, ...]:
        held = [row for state in ("queued", "planned") for row in self._rows(state)]
        with self._context.store.read() as connection:
            return tuple(replays.told(connection, row) for row in held)

    def _awaits_vote(self, each: Standing) -> bool:
        voted = (*each.result.yes, *each.result.no, *each.result.abstained)
        return each.result.decision == "open" and self._name in each.draft.members and self._name not in voted

    def _awaits_assent(self, each: Standing) -> bool:
        return each.result.decision == "adopted" and self._name in each.result.yes and self._name not in each.signed


def _arrived(connection: Connection) -> int:
    """How many patterns came since they were last replayed; other indicators, of which no replay is made, are none.

    A body has one spelling, so that whatever doesn't hold a pattern's mark is left to the database.
    """
    since = connection.execute(select(READERS.c.cursor).where(READERS.c.name == READER)).scalar() or 0
    place = func.instr if connection.dialect.name == "sqlite" else func.pg_catalog.position
    marked = place(OBJECTS.c.body, f'"{DEFINITIONS[PATTERN].id}"'.encode()) > 0
    new = select(OBJECTS.c.body).where(OBJECTS.c.number > since, FROM_OTHERS, OBJECTS.c.kind == "indicator", marked)
    bodies = connection.execution_options(yield_per=_BODIES).execute(new).scalars()
    return sum(kind_of(json.loads(body)) == PATTERN for body in bodies)


def _outgoing(connection: Connection, peer: str = "") -> Iterator[Outgoing]:
    query = select(OUTBOX.c.peer, func.count().label("objects"), func.min(OUTBOX.c.number).label("since"))
    chosen = query.where(OUTBOX.c.peer == peer) if peer else query
    for row in connection.execute(chosen.group_by(OUTBOX.c.peer).order_by(OUTBOX.c.peer)):
        yield Outgoing(row.peer, row.objects, told(row.since))


def _keys(connection: Connection, peer: str) -> Iterator[KnownKey]:
    query = select(API_KEYS.c.id, API_KEYS.c.made).where(API_KEYS.c.peer == peer).order_by(API_KEYS.c.made)
    for row in connection.execute(query):
        yield KnownKey(row.id, told(row.made))


def _pulls(connection: Connection, peer: str) -> Iterator[PulledFrom]:
    query = (
        select(CURSORS, COLLECTIONS.c.id.label("place"), COLLECTIONS.c.title)
        .where(CURSORS.c.peer == peer, COLLECTIONS.c.number == CURSORS.c.mirror)
        .order_by(CURSORS.c.mirror)
    )
    for row in connection.execute(query):
        yield PulledFrom(row.remote, row.place, row.title, told(row.pulled), row.why)


def _calls(connection: Connection, notice: int) -> Iterator[Call]:
    query: Any = select(CALLS).where(CALLS.c.cursor == notice).order_by(CALLS.c.at, CALLS.c.level)
    for row in connection.execute(query):
        yield Call(row.person, row.level, moment(row.at))
