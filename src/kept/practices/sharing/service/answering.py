"""The verbs by which partners are told what became of their patterns here, or by which that is withheld, with why."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.errors import Conflict, Denied, Invalid
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.methods.sightings import sighting
from kept.practices.sharing.records.replays import Sighting
from kept.practices.sharing.service.exchanging import Exchanging
from kept.practices.sharing.service.moments import microseconds, told
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.replaying import Replaying, rows
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.exchanging import CURSORS
from kept.practices.sharing.service.tables.replays import REPLAYS, SIGHTINGS

_WHY = 500


class Answering(Exchanging, Replaying):
    """Answers those who shared a pattern."""

    def sightings_list(self, *, by: Actor) -> tuple[Sighting, ...]:
        """What partners are or can be told, the latest first. Raises Denied without the role."""
        check_role(by, *SHARERS, to="see sightings")
        joined = REPLAYS.join(SIGHTINGS, SIGHTINGS.c.replay == REPLAYS.c.id, isouter=True)
        said = [SIGHTINGS.c[name].label(f"said_{name}") for name in ("state", "why", "object", "when")]
        query = select(REPLAYS, *said).select_from(joined).where(REPLAYS.c.state == "replayed")
        with self._context.store.read() as connection:
            found = connection.execute(query.order_by(REPLAYS.c.cursor.desc(), REPLAYS.c.id).limit(1000)).all()
        return tuple(
            Sighting(
                row.id,
                row.object,
                row.peer,
                row.said_state or "ready",
                row.said_why or "",
                row.said_object or "",
                told(row.said_when or 0),
            )
            for row in found
        )

    async def sightings_send(self, replay: str, *, collection: str = "", by: Actor) -> Sighting:
        """Tell the partner who shared a pattern how often it worked here, signed, no wider than the pattern itself.

        It goes to the collection in which the pattern came, or to another of that partner's, `collection`. Sent twice
        it is the same object. Raises Denied without the role or where kept.toml forbids it, NotFound, Conflict before
        it was replayed to its end or where it is withheld, and what publishing and pushing raise.
        """
        check_role(by, *SHARERS, to="send sightings")
        if not self._settings.sightings:
            raise Denied("kept.toml says that no sighting is shared.", code="sighting.never", hint="Withhold it.")
        with self._context.store.read() as connection:
            held = rows.row_of(connection, replay)
            self._check_open(connection, held)
        result = json.loads(held.result)
        if result["state"] != "completed":
            raise Conflict(f"{replay} was abandoned: {held.why}", code="sighting.abandoned", hint="Withhold it.")
        document = sighting(
            pattern=held.object,
            markings=[tlp.MARKINGS[held.tlp]],
            author=id_of("identity", self._context.workspace.name),
            replay=held.id,
            now=f"{result['issued'][:-1]}.000Z",
            result=result,
            model=held.model if self._settings.sightings_name_model else "",
        )
        await self._tell(held, document, collection=collection, by=by)
        return self._said(held, "sent", object=document["id"])

    def sightings_withhold(self, replay: str, *, reason: str, by: Actor) -> Sighting:
        """Decide that a partner isn't told, and why; what was sent can't be withheld.

        Raises Denied without the role, NotFound, Invalid without a reason, and Conflict.
        """
        check_role(by, *SHARERS, to="withhold sightings")
        if not 1 <= len(reason.strip()) <= _WHY or not reason.isprintable():
            raise Invalid(f"A reason is one line of at most {_WHY} characters.", code="sighting.reason")
        with self._context.store.read() as connection:
            held = rows.row_of(connection, replay)
            self._check_open(connection, held)
        return self._said(held, "withheld", why=reason.strip())

    async def _tell(self, held: Row[Any], document: dict[str, Any], *, collection: str = "", by: Actor) -> None:
        """Send an answer to whoever shared what a row is about: put it where that came in, or push it there."""
        with self._context.store.read() as connection:
            place = connection.execute(select(COLLECTIONS).where(COLLECTIONS.c.id == held.collection)).one_or_none()
        if place is not None and not place.peer:
            self._put(document, collection=held.collection, to=[held.peer], by=by)
            return
        await self._send(held.peer, document, collection=collection or self._remote_of(place), by=by)

    def _remote_of(self, place: Any) -> str:
        """What the peer's server calls the collection that is mirrored here. Raises Conflict where it is gone."""
        query = select(CURSORS.c.remote).where(CURSORS.c.mirror == (place.number if place is not None else -1))
        with self._context.store.read() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise Conflict("The collection that the pattern came in is gone.", code="sighting.collection")
        return str(found)

    def _check_open(self, connection: Connection, held: Row[Any]) -> None:
        if held.state != "replayed":
            raise Conflict(f"{held.id} is {held.state}.", code="sighting.early", hint="Replay it: kept sharing replay")
        state = connection.execute(select(SIGHTINGS.c.state).where(SIGHTINGS.c.replay == held.id)).scalar()
        if state == "withheld":
            raise Conflict(f"What became of {held.id} is withheld.", code="sighting.withheld")

    def _said(self, held: Row[Any], state: Any, *, why: str = "", object: str = "") -> Sighting:
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> None:
            before = connection.execute(select(SIGHTINGS.c.state).where(SIGHTINGS.c.replay == held.id)).scalar()
            if before not in (None, state):
                raise Conflict(f"What became of {held.id} is {before} already.", code="sighting.decided")
            connection.execute(SIGHTINGS.delete().where(SIGHTINGS.c.replay == held.id))
            connection.execute(SIGHTINGS.insert().values(replay=held.id, state=state, why=why, object=object, when=now))

        self._context.store.write(work)
        return Sighting(held.id, held.object, held.peer, state, why, object, told(now))
