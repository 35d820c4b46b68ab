"""Reading entries with their bodies, each checked on the way."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, select

from kept.core.ledger import tree
from kept.core.ledger.records import Body, Entry, Recorded
from kept.core.ledger.tables import BODY, ENTRY
from kept.core.store import Store
from kept.errors import NotFound, Unverified

PAGE = 256


def entry_at(connection: Connection, index: int) -> Entry:
    """The entry at `index`. Raises NotFound, or Unverified when it was changed."""
    row = connection.execute(select(ENTRY).where(ENTRY.c.position == index)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no entry {index}; the log has {tree.size_of(connection)}.", code="ledger.no-entry")
    return tree.checked(index, row["predicate"], row["model"], row["raw"], row["leaf"])


def body_at(connection: Connection, index: int) -> Body | None:
    """The body behind an entry, unchecked; None where it was erased."""
    row = connection.execute(select(BODY).where(BODY.c.position == index)).mappings().one_or_none()
    return None if row is None else body_of(row)


def recorded_at(connection: Connection, index: int) -> Recorded:
    """Entry and body at `index`. Raises NotFound or Unverified."""
    return Recorded.read(entry_at(connection, index), body_at(connection, index))


def statements(store: Store, predicates: Collection[str], *, model: str | None, since: int = 0) -> Iterator[Recorded]:
    """Every entry of these predicates (all, when none is named), in order, as the log stood at the first step."""
    with store.read() as connection:
        size = tree.size_of(connection)
    start = since
    while start < size:
        page = _page(store, predicates, model=model, start=start, size=size)
        yield from page
        start = page[-1].index + 1 if len(page) == PAGE else size


def _page(store: Store, predicates: Collection[str], *, model: str | None, start: int, size: int) -> list[Recorded]:
    query: Select[Any] = select(ENTRY, BODY.c.salt, BODY.c.envelope, BODY.c.disclosures)
    query = query.outerjoin(BODY, BODY.c.position == ENTRY.c.position)
    query = query.where(ENTRY.c.position >= start, ENTRY.c.position < size).order_by(ENTRY.c.position).limit(PAGE)
    if predicates:
        query = query.where(ENTRY.c.predicate.in_(sorted(predicates)))
    if model is not None:
        query = query.where(ENTRY.c.model == model)
    with store.read() as connection:
        return [_recorded(row) for row in connection.execute(query).mappings()]


def _recorded(row: Mapping[Any, Any]) -> Recorded:
    entry = tree.checked(row["position"], row["predicate"], row["model"], row["raw"], row["leaf"])
    return Recorded.read(entry, None if row["envelope"] is None else body_of(row))


def body_of(row: Mapping[Any, Any]) -> Body:
    """The body in a row of the database."""
    what = f"The body of entry {row['position']}"
    salt, envelope = (tree.stored_bytes(row[name], what=what) for name in ("salt", "envelope"))
    try:
        disclosures = tuple(json.loads(row["disclosures"]))
    except (TypeError, ValueError) as error:
        raise Unverified(f"{what} in the database has unreadable disclosures.", code="ledger.body") from error
    return Body(salt, envelope, disclosures)
