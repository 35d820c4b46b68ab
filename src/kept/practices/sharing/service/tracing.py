"""The verbs that find objects, whoever made them, and tell all that is known of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.errors import Invalid, NotFound
from kept.practices.sharing.methods import tlp as markings
from kept.practices.sharing.methods.objects.definitions import DEFINITIONS
from kept.practices.sharing.methods.sightings import EXTENSION
from kept.practices.sharing.records.library import Held
from kept.practices.sharing.records.markings import LEVELS
from kept.practices.sharing.records.overseeing import WHOSE, Found, Heard, Shelved, Traced
from kept.practices.sharing.records.replays import SharedReplay, Sighting
from kept.practices.sharing.service.moments import told
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.replaying import rows
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.library import LIBRARY
from kept.practices.sharing.service.tables.notices import NOTICES
from kept.practices.sharing.service.tables.objects import FROM_OTHERS, OBJECTS, SHOWN
from kept.practices.sharing.service.tables.replays import REPLAYS, SIGHTINGS

PAGE = 100
"""How many objects a list has at most."""
_LATEST, _VERSIONS = 20_000, 500
_LEVEL = {reference: level for level, reference in markings.MARKINGS.items()} | dict(markings.FORMER)


class Tracing:
    """Finds objects, and tells what became of each."""

    _context: Context

    def object_find(
        self, *, whose: str = "own", kind: str = "", tlp: str = "", collection: str = "", after: str = "", by: Actor
    ) -> tuple[Found, ...]:
        """At most a hundred objects, the newest first: made here ("own"), published by us, or received from peers.

        `kind` is a type of STIX, `collection` the id of where they stand, `after` the id (of one's own) or the cursor
        of the last that was told. Raises Denied without the role, or Invalid.
        """
        check_role(by, *SHARERS, to="find objects")
        if whose not in WHOSE or (tlp and tlp not in LEVELS):
            raise Invalid("That is no filter of objects.", code="object.filter", hint=f"Whose: {', '.join(WHOSE)}.")
        with self._context.store.read() as connection:
            if whose == "own":
                return tuple(_own(connection, kind, tlp, after)) if not collection else ()
            return tuple(_shelved(connection, whose, kind, tlp, collection, after))

    def object_trace(self, name: str, *, cursor: int = 0, by: Actor) -> Traced:
        """All that is known here of the object with this id: its versions, replays, what was told and heard of it.

        What partners saw is looked for among the 20,000 objects that came last. Raises Denied without the role, or
        NotFound.
        """
        check_role(by, *SHARERS, to="see what became of objects")
        with self._context.store.read() as connection:
            held = connection.execute(select(LIBRARY).where(LIBRARY.c.id == name)).one_or_none()
            versions = tuple(_versions(connection, name))
            if held is None and not versions:
                raise NotFound(f"There is no object {name[:120]!r} here.", code="object.absent")
            shown = cursor or (0 if held is not None else versions[0].cursor)
            if shown and shown not in [each.cursor for each in versions]:
                raise NotFound(f"There is no version {shown} of it.", code="object.absent")
            body = held.body if held is not None and not shown else _body(connection, shown)
            return Traced(
                id=name,
                cursor=shown,
                document=json.loads(bytes(body)),
                held=_held(held) if held is not None else None,
                versions=versions,
                replays=tuple(_replays(connection, name)),
                told=tuple(_told(connection, name)),
                heard=tuple(_heard(connection, name)),
                notices=tuple(connection.execute(select(NOTICES.c.cursor).where(NOTICES.c.object == name)).scalars()),
            )


def level_of(document: Mapping[str, Any]) -> str:
    """The strictest level of TLP that an object's own markings name, "" where they name none that is known."""
    found = [_LEVEL[each] for each in markings.references(document) if each in _LEVEL]
    return max(found, key=LEVELS.index, default="")


def _own(connection: Connection, kind: str, tlp: str, after: str) -> Iterator[Found]:
    query = select(LIBRARY).order_by(LIBRARY.c.added.desc(), LIBRARY.c.id)
    if kind:
        ours = [name for name, each in DEFINITIONS.items() if each.object_type == kind]
        query = query.where(LIBRARY.c.kind.in_([kind, *ours]))
    if after:
        last = connection.execute(select(LIBRARY.c.added).where(LIBRARY.c.id == after)).scalar()
        if last is None:
            raise Invalid("The list was left at an object that isn't there.", code="object.filter")
        later = and_(LIBRARY.c.added == last, LIBRARY.c.id > after)
        query = query.where(or_(LIBRARY.c.added < last, later))
    count = 0
    for row in connection.execute(query):
        level = level_of(json.loads(bytes(row.body)))
        if tlp and level != tlp:
            continue
        yield Found(row.id, 0, row.kind, row.name, level, "", "", row.version, told(row.added))
        count += 1
        if count == PAGE:
            return


def _shelved(connection: Connection, whose: str, kind: str, tlp: str, collection: str, after: str) -> Iterator[Found]:
    query = _placed().where(OBJECTS.c.source == "" if whose == "published" else FROM_OTHERS)
    chosen = ((OBJECTS.c.kind, kind), (OBJECTS.c.tlp, tlp), (COLLECTIONS.c.id, collection))
    query = query.where(*[column == value for column, value in chosen if value])
    if after:
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise Invalid("The list was left at an object that isn't there.", code="object.filter")
        query = query.where(OBJECTS.c.number < int(after))
    for row in connection.execute(query.order_by(OBJECTS.c.number.desc()).limit(PAGE)):
        name = json.loads(bytes(row.body)).get("name")
        named = name[:256] if isinstance(name, str) else ""
        yield Found(
            row.object, row.number, row.kind, named, row.tlp, row.owner, row.title, row.version, told(row.number)
        )


def _placed() -> Select[Any]:
    """Objects with the collection in which each stands."""
    place = (COLLECTIONS.c.id.label("place"), COLLECTIONS.c.title)
    return select(OBJECTS, *place).where(COLLECTIONS.c.number == OBJECTS.c.collection)


def _versions(connection: Connection, name: str) -> Iterator[Shelved]:
    """Every version in every collection, the one that came last first; an index finds them by who may see them."""
    numbers = select(SHOWN.c.number).where(SHOWN.c.object == name).distinct()
    query = _placed().where(OBJECTS.c.number.in_(numbers)).order_by(OBJECTS.c.number.desc()).limit(_VERSIONS)
    for row in connection.execute(query):
        yield Shelved(
            row.number,
            row.version,
            row.owner,
            row.source,
            row.place,
            row.title,
            row.tlp,
            row.signature,
            told(row.number),
        )


def _body(connection: Connection, cursor: int) -> bytes:
    return bytes(connection.execute(select(OBJECTS.c.body).where(OBJECTS.c.number == cursor)).scalar_one())


def _held(row: Row[Any]) -> Held:
    return Held(row.id, row.kind, row.name, row.version, row.origin, told(row.added))


def _replays(connection: Connection, name: str) -> Iterator[SharedReplay]:
    query = select(REPLAYS).where(REPLAYS.c.object == name).order_by(REPLAYS.c.cursor.desc(), REPLAYS.c.id).limit(PAGE)
    for row in connection.execute(query).all():
        yield rows.told(connection, row)


def _told(connection: Connection, name: str) -> Iterator[Sighting]:
    query = select(REPLAYS.c.object.label("pattern"), REPLAYS.c.peer, SIGHTINGS).where(
        REPLAYS.c.object == name, SIGHTINGS.c.replay == REPLAYS.c.id
    )
    for row in connection.execute(query.order_by(SIGHTINGS.c.when.desc()).limit(PAGE)):
        yield Sighting(row.replay, row.pattern, row.peer, row.state, row.why, row.object, told(row.when))


def _heard(connection: Connection, name: str) -> Iterator[Heard]:
    latest = select(OBJECTS.c.number, OBJECTS.c.kind).where(FROM_OTHERS)
    some = latest.order_by(OBJECTS.c.number.desc()).limit(_LATEST).subquery()
    query = select(OBJECTS).where(OBJECTS.c.number == some.c.number, some.c.kind == "sighting")
    for row in connection.execute(query.order_by(OBJECTS.c.number.desc())):
        body = bytes(row.body)
        if name.encode() not in body:
            continue
        document = json.loads(body)
        if document.get("sighting_of_ref") != name:
            continue
        extensions = document.get("extensions")
        said = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
        trials, successes = (_count(said, what) for what in ("trials", "successes"))
        signer = row.owner if row.signature == "valid" else ""
        yield Heard(row.object, row.number, row.source, signer, trials, successes, told(row.number))


def _count(said: object, what: str) -> int | None:
    found = said.get(what) if isinstance(said, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 10**12 else None
