"""Named readers of the ledger, which resume where they stopped: what a reader did and its place commit together."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kept.core.ledger import tree
from kept.core.ledger.reading import recorded_at
from kept.core.ledger.records import Recorded
from kept.core.ledger.tables import ENTRY, FOLLOWER
from kept.core.store import Store

BATCH = 64

Handler = Callable[[Connection, Recorded], None]


@dataclass(frozen=True, slots=True)
class Follower:
    """What a room does with each new statement of these predicates; its rows go through the connection it is given."""

    predicates: tuple[str, ...]
    handle: Handler


def follow(
    store: Store,
    name: str,
    predicates: Collection[str],
    handler: Handler,
    *,
    committed: Callable[[], None] = lambda: None,
) -> int:
    """Hand every new entry of these predicates to `handler`, in order; returns how many.

    A batch commits with the reader's new place, or, when the handler raises, not at all; then `committed` is told,
    which may take its time. Two processes that follow under one name share the work and never do it twice.
    """
    handled = 0
    while _is_behind(store, name):
        handled += store.write(lambda connection: _step(connection, name, predicates, handler))
        committed()
    return handled


def _is_behind(store: Store, name: str) -> bool:
    with store.read() as connection:
        return _position(connection, name) < tree.size_of(connection)


def _step(connection: Connection, name: str, predicates: Collection[str], handler: Handler) -> int:
    start, size = _position(connection, name), tree.size_of(connection)
    wanted = ENTRY.c.predicate.in_(sorted(predicates))
    query = select(ENTRY.c.position).where(ENTRY.c.position >= start, wanted).order_by(ENTRY.c.position).limit(BATCH)
    found = list(connection.execute(query).scalars())
    for index in found:
        handler(connection, recorded_at(connection, index))
    place = found[-1] + 1 if len(found) == BATCH else max(size, start)
    if connection.execute(FOLLOWER.update().where(FOLLOWER.c.name == name).values(position=place)).rowcount == 0:
        connection.execute(FOLLOWER.insert().values(name=name, position=place))
    return len(found)


def _position(connection: Connection, name: str) -> int:
    return connection.execute(select(FOLLOWER.c.position).where(FOLLOWER.c.name == name)).scalar() or 0
