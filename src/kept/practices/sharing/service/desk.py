"""What the TAXII server asks of the room: every answer is for one reader, from what that reader may see."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select

from kept.core import canonical
from kept.core.context import Context
from kept.errors import Denied, Invalid, KeptError, NotFound
from kept.practices.sharing.methods import audiences, stix, tlp
from kept.practices.sharing.records import Access, Brought, Filter, Outcome, Page, Reader, Settings
from kept.practices.sharing.service.admitting import Door
from kept.practices.sharing.service.collecting import told
from kept.practices.sharing.service.judging import Directory, Judge, reason, resolver
from kept.practices.sharing.service.moments import microseconds, stamped
from kept.practices.sharing.service.shelves import reading, writing
from kept.practices.sharing.service.shelves.removing import absent, remove
from kept.practices.sharing.service.tables.collections import COLLECTIONS, RIGHTS
from kept.practices.sharing.service.tables.objects import OBJECTS, SHOWN, STATUSES

STATUS_KEPT = 7 * 24 * 3600 * 1_000_000
ENVELOPE = 20_000
"""How many objects one request brings at most."""
_VALUES_A_MB = 100_000
_UNKNOWN_VERSION = "1970-01-01T00:00:00.000Z"


class Desk:
    """Answers readers. `door` says who each is."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self.settings = settings
        self.door = Door(context)

    @property
    def organisation(self) -> str:
        """Who runs this server."""
        return self._context.workspace.name

    def communities(self, reader: Reader) -> tuple[str, ...]:
        """The communities in which a reader may do anything at all; each is an API root."""
        return tuple(sorted({row.community for row in self._context.store.rows(_THEIRS, {"reader": reader.name})}))

    def collections(self, reader: Reader, community: str) -> tuple[Access, ...]:
        """What a reader may do with each collection of a community. Raises NotFound where there is none."""
        named = {"reader": reader.name, "community": community}
        found = tuple(_access(row, reader) for row in self._context.store.rows(_OF_COMMUNITY, named))
        if not found:
            raise NotFound(f"There is no API root {community[:80]!r}.", code="taxii.root")
        return found

    def collection(self, reader: Reader, community: str, name: str) -> Access:
        """What a reader may do with one collection. Raises NotFound."""
        named = {"reader": reader.name, "community": community, "id": name}
        return _found(next(iter(self._context.store.rows(_ONE, named)), None), reader, name)

    def page(self, reader: Reader, community: str, name: str, wanted: Filter, *, bodies: bool) -> Page:
        """A page of a collection. Raises NotFound, or Denied to whoever may only write."""
        with self._context.store.read() as connection:
            access = _readable(_reached(connection, reader, community, name))
            return reading.page(connection, access, wanted, bodies=bodies)

    def of_object(self, reader: Reader, community: str, name: str, wanted: Filter, *, bodies: bool) -> Page:
        """Versions of one object, whose id stands in `wanted`. Raises NotFound where the reader may see none at all."""
        with self._context.store.read() as connection:
            access = _readable(_reached(connection, reader, community, name))
            found = reading.page(connection, access, wanted, bodies=bodies)
            if not found.entries:
                whole = Filter(limit=1, ids=wanted.ids, versions=("all",))
                if not reading.page(connection, access, whole, bodies=False).entries:
                    raise absent(wanted.ids[0])
            return found

    def delete(self, reader: Reader, community: str, name: str, wanted: Filter) -> None:
        """Take out versions of an object that the reader put there. Raises NotFound or Denied."""
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> None:
            access = _reached(connection, reader, community, name)
            if not (access.can_write and access.can_read):
                raise _may_not("take objects out of")
            remove(connection, access, wanted.ids[0], versions=wanted.versions, by=reader.name, now=now)

        self._context.store.write(work)

    def status(self, reader: Reader, community: str, name: str) -> bytes:
        """What became of a request of this reader, as JSON. Raises NotFound, also for somebody else's."""
        query = select(STATUSES.c.body).where(
            STATUSES.c.id == name, STATUSES.c.peer == reader.name, STATUSES.c.community == community
        )
        with self._context.store.read() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise NotFound(f"There is no status {name[:80]!r}.", code="taxii.status")
        return bytes(body)

    def bring(self, reader: Reader, community: str, name: str, data: bytes) -> bytes:
        """Put what an envelope holds into a collection, durably; what became of each object, as TAXII's status.

        Raises NotFound, Denied to whoever may not write, and Invalid for what is no envelope.
        """
        documents = self._documents(data)
        with self._context.store.read() as connection:
            access = _reached(connection, reader, community, name)
            if not access.can_write:
                raise _may_not("write to")
            directory = Directory(connection)
            resolve = resolver(documents, _markings(connection, access, documents))
        judge = Judge(directory, access.collection, reader, resolve=resolve, address=access.collection.id)
        judged = [_judged(judge, document) for document in documents]
        brought = [each for each in judged if isinstance(each, writing.Brought)]
        now = microseconds(self._context.clock())
        identifier = str(uuid.UUID(bytes=self._context.entropy(16), version=4))

        def work(connection: Connection) -> bytes:
            # What the reader may do is asked once more, under the lock: a right that was taken away is gone.
            again = _reached(connection, reader, community, name)
            if not again.can_write:
                raise _may_not("write to")
            number = access.collection.number
            outcomes, _ = writing.put(connection, number, brought, audiences=again.audiences, now=now)
            taken = iter(outcomes)
            all_of_them = tuple(each if isinstance(each, Outcome) else next(taken) for each in judged)
            body = status_body(Brought(identifier, stamped(now), all_of_them))
            connection.execute(_FORGET, {"before": now - STATUS_KEPT})
            row = {"id": identifier, "community": community, "peer": reader.name, "made": now, "body": body}
            connection.execute(_REMEMBER, row)
            return body

        return self._context.store.write(work)

    def _documents(self, data: bytes) -> list[Any]:
        most = self.settings.largest_post_mb
        envelope = canonical.decode(data, limit=most * 1_000_000, what="The envelope", values=most * _VALUES_A_MB)
        objects = envelope.get("objects") if isinstance(envelope, dict) else None
        if not isinstance(objects, list) or not objects:
            raise Invalid(
                'An envelope is a JSON object with a list "objects" that holds at least one.', code="taxii.envelope"
            )
        if len(objects) > ENVELOPE:
            raise Invalid(
                f"The envelope has {len(objects)} objects; at most {ENVELOPE} are taken at once.",
                code="taxii.envelope",
                hint="Send them in several requests.",
            )
        return objects


def status_body(brought: Brought) -> bytes:
    """TAXII's status resource (section 4.3.1)."""
    taken = [{"id": each.id, "version": each.version} for each in brought.outcomes if not each.why]
    refused = [{"id": each.id, "version": each.version, "message": each.why} for each in brought.outcomes if each.why]
    document: dict[str, Any] = {
        "id": brought.id,
        "status": "complete",
        "request_timestamp": brought.requested,
        "total_count": len(brought.outcomes),
        "success_count": len(taken),
        "failure_count": len(refused),
        "pending_count": 0,
    }
    document |= {"successes": taken} if taken else {}
    document |= {"failures": refused} if refused else {}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _judged(judge: Judge, document: Any) -> writing.Brought | Outcome:
    try:
        return judge.judged(stix.parse(document))
    except KeptError as error:
        given = document if isinstance(document, dict) else {}
        name, version = given.get("id"), given.get("modified", given.get("created"))
        return Outcome(
            name[:320] if isinstance(name, str) else "unknown",
            version[:40] if isinstance(version, str) else _UNKNOWN_VERSION,
            reason(error),
        )


# Made once, since making a statement costs more than its work.
_FORGET = STATUSES.delete().where(STATUSES.c.made < bindparam("before"))
_REMEMBER = STATUSES.insert()

# The collections in which a reader may do anything: of a community, and one of them.
_OWN = and_(RIGHTS.c.collection == COLLECTIONS.c.number, RIGHTS.c.peer == bindparam("reader"))
_THEIRS = (
    select(COLLECTIONS, RIGHTS.c.can_read, RIGHTS.c.can_write)
    .select_from(COLLECTIONS.outerjoin(RIGHTS, _OWN))
    .where(COLLECTIONS.c.peer == "", or_(RIGHTS.c.can_read, RIGHTS.c.can_write, COLLECTIONS.c.released))
    .order_by(COLLECTIONS.c.number)
)
_OF_COMMUNITY = _THEIRS.where(COLLECTIONS.c.community == bindparam("community"))
_ONE = _OF_COMMUNITY.where(COLLECTIONS.c.id == bindparam("id"))


def _access(row: Row[Any], reader: Reader) -> Access:
    can_read = bool(row.can_read)
    seen = audiences.of_reader(reader, can_read=can_read, released=row.released)
    return Access(told(row._mapping), can_read or row.released, bool(row.can_write), seen)


def _reached(connection: Connection, reader: Reader, community: str, name: str) -> Access:
    row = connection.execute(_ONE, {"reader": reader.name, "community": community, "id": name}).first()
    return _found(row, reader, name)


def _found(row: Row[Any] | None, reader: Reader, name: str) -> Access:
    if row is None:
        raise NotFound(f"There is no collection {name[:80]!r} here.", code="taxii.collection")
    return _access(row, reader)


def _readable(access: Access) -> Access:
    if not access.can_read:
        raise _may_not("read")
    return access


def _may_not(what: str) -> Denied:
    return Denied(f"You may not {what} this collection.", code="taxii.right", hint="Ask whoever runs this server.")


def _markings(connection: Connection, access: Access, documents: Sequence[Any]) -> Mapping[str, Mapping[str, Any]]:
    """The marking definitions that documents name, of those that whoever brings them may see."""
    wanted = {each for document in documents for each in tlp.references(document) if stix.is_id(each)}
    if not wanted:
        return {}
    query = select(OBJECTS.c.object, OBJECTS.c.body).where(
        SHOWN.c.collection + 0 == access.collection.number,
        SHOWN.c.object.in_(sorted(wanted)[:500]),
        SHOWN.c.audience.in_(access.audiences),
        OBJECTS.c.number == SHOWN.c.number,
    )
    return tlp.gathered((row.object, json.loads(bytes(row.body))) for row in connection.execute(query))
