"""What is put into a collection: judged against what whoever brings it may see, and against nothing else.

An object that the bringer may not see has no part in the answer, so that nobody learns of it by trying.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection, bindparam

from kept.core.store.inserts import Inserts
from kept.practices.sharing.methods.stix import shown as shown_time
from kept.practices.sharing.methods.stix import sortable
from kept.practices.sharing.records import Outcome
from kept.practices.sharing.records.markings import Tlp
from kept.practices.sharing.records.objects import SignatureState
from kept.practices.sharing.service.moments import stamped
from kept.practices.sharing.service.shelves.known import Known, Shown, known
from kept.practices.sharing.service.shelves.numbers import take
from kept.practices.sharing.service.tables.objects import OBJECTS, SHOWN

VERSIONS = 1000
"""How many versions of one object a collection holds of one owner: to read them all stays cheap for everybody."""


@dataclass(frozen=True, slots=True)
class Brought:
    """An object that is whole: `owner` is whose word it is, `source` who brought it; "" is this organisation."""

    id: str
    kind: str
    version: str
    owner: str
    source: str
    tlp: Tlp
    signature: SignatureState
    audiences: tuple[str, ...]
    digest: bytes
    body: bytes = field(repr=False)


def put(
    connection: Connection, collection: int, brought: Sequence[Brought], *, audiences: tuple[str, ...], now: int
) -> tuple[list[Outcome], list[int]]:
    """Add objects in their order, inside the caller's transaction: what became of each, and the numbers given.

    One source brings them; `audiences` are those that it belongs to. What is there already, to the last byte, counts as
    taken.
    """
    source, theirs = brought[0].source if brought else "", frozenset(audiences)
    held = known(connection, collection, [each.id for each in brought], source=source, audiences=audiences)
    new: list[dict[str, object]] = []
    shown: list[tuple[str, Brought, Shown]] = []
    changed: dict[tuple[str, int], Shown] = {}
    outcomes: list[Outcome] = []
    numbers = take(connection, len(brought), now=now)
    given: list[int] = []
    for each, number in zip(brought, numbers, strict=True):
        state = held[each.id]
        version = each.version or sortable(stamped(number))
        why = _refusal(each, state)
        if why is None:
            visible = each.owner == source or not theirs.isdisjoint(each.audiences)
            state.hold(each.owner, version, each.digest, visible=visible)
            _admit(each, number, version, state, shown, changed)
            new.append(_row(collection, number, version, each))
            given.append(number)
        outcomes.append(Outcome(each.id, shown_time(_said(each, state, version)), why or ""))
    _store(connection, collection, new, shown, changed)
    return outcomes, given


def _refusal(each: Brought, state: Known) -> str | None:
    """Why an object isn't added: None where it is, "" where it is here already."""
    if each.digest in state.seen:
        return ""
    # An observable has one id wherever it was seen, so that it belongs to nobody.
    if each.version and state.seen_owners - {each.owner}:
        return "This object is somebody else's, and only they may change it."
    held = state.versions.get((each.owner, each.version))
    if held == each.digest:
        return ""
    if held is not None or each.version in state.seen_versions:
        return "This version of the object is here already, with other content."
    if (each.owner, each.version) in state.gone and each.source != each.owner:
        return "Its owner has withdrawn this version."
    if state.counts.get(each.owner, 0) >= VERSIONS:
        return f"There are {VERSIONS} versions of this object here already: take some of them out first."
    return None


def _said(each: Brought, state: Known, version: str) -> str:
    return each.version or state.by_digest.get(each.digest, version)


def _admit(
    each: Brought,
    number: int,
    version: str,
    state: Known,
    shown: list[tuple[str, Brought, Shown]],
    changed: dict[tuple[str, int], Shown],
) -> None:
    since = state.since.setdefault(each.owner, number)
    for audience in each.audiences:
        fresh = Shown(number, version, each.owner, since, 1, 1)
        for other in state.show(audience, fresh):
            changed[audience, other.number] = other
        shown.append((audience, each, fresh))


def _row(collection: int, number: int, version: str, each: Brought) -> dict[str, object]:
    return {
        "number": number,
        "collection": collection,
        "object": each.id,
        "kind": each.kind,
        "version": version,
        "owner": each.owner,
        "source": each.source,
        "tlp": each.tlp,
        "signature": each.signature,
        "digest": each.digest,
        "body": each.body,
    }


def _store(
    connection: Connection,
    collection: int,
    new: list[dict[str, object]],
    shown: list[tuple[str, Brought, Shown]],
    changed: Mapping[tuple[str, int], Shown],
) -> None:
    if not new:
        return
    _inserts(connection.dialect.name).insert(connection, [(OBJECTS, row) for row in new])
    rows = [
        {
            "collection": collection,
            "audience": audience,
            "number": row.number,
            "object": each.id,
            "kind": each.kind,
            "version": row.version,
            "owner": row.owner,
            "since": row.since,
            "size": len(each.body),
            "first": row.first,
            "last": row.last,
        }
        for audience, each, row in shown
    ]
    if rows:
        _inserts(connection.dialect.name).insert(connection, [(SHOWN, row) for row in rows])
    fresh = {row["number"] for row in new}
    older = [(key, row) for key, row in changed.items() if key[1] not in fresh]
    if older:
        connection.execute(_MARK, [mark(collection, audience, row) for (audience, _), row in older])


@cache
def _inserts(dialect: str) -> Inserts:
    """What puts many rows in at once; it remembers statements, which are of one kind of database."""
    return Inserts()


def mark(collection: int, audience: str, row: Shown) -> dict[str, object]:
    """The values of the statement that says anew which version is the first and which the last."""
    return {"c": collection, "a": audience, "n": row.number, "is_first": row.first, "is_last": row.last}


_MARK = (
    SHOWN.update()
    .where(SHOWN.c.collection == bindparam("c"), SHOWN.c.audience == bindparam("a"), SHOWN.c.number == bindparam("n"))
    .values(first=bindparam("is_first"), last=bindparam("is_last"))
)
