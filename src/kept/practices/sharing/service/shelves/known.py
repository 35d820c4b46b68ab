"""What a collection holds already of the objects that somebody brings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection


@dataclass(slots=True)
class Shown:
    """One version of an object as one audience sees it."""

    number: int
    version: str
    owner: str
    since: int
    first: int
    last: int


@dataclass(slots=True)
class Known:
    """What a collection holds of one object."""

    versions: dict[tuple[str, str], tuple[bytes, str]] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    shown: dict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    gone: set[tuple[str, str]] = field(default_factory=set)

    def visible(self, audiences: Iterable[str], source: str) -> set[tuple[str, str]]:
        """Owner and version of what a bringer may see, which is always what it put there itself."""
        if not self.versions:
            return set()
        own = {key for key in self.versions if key[0] == source}
        return own | {(row.owner, row.version) for name in audiences for row in self.shown.get(name, ())}


def known(connection: Connection, collection: int, ids: Sequence[str]) -> Mapping[str, Known]:
    """What a collection holds of each of these objects; nothing of one that it has never seen."""
    found: dict[str, Known] = defaultdict(Known)
    for row in _asked(connection, _SHOWN, collection, ids):
        state = found[row.object]
        state.versions[row.owner, row.version] = (bytes(row.digest), row.source)
        state.since[row.owner] = row.since
        state.shown[row.audience].append(Shown(row.number, row.version, row.owner, row.since, row.first, row.last))
    for row in _asked(connection, _GONE, collection, ids):
        found[row.object].gone.add((row.owner, row.version))
    return found


# Every object has an audience, so that one index finds it. Its collection is no help to a planner.
_SHOWN = (
    "SELECT s.audience, s.number, s.object, s.version, s.owner, s.since, s.first, s.last, o.digest, o.source "
    "FROM sharing_shown s JOIN sharing_objects o ON o.number = s.number "
    "WHERE s.collection + 0 = {} AND s.object {} ORDER BY s.number"
)
_GONE = "SELECT g.object, g.owner, g.version FROM sharing_gone g WHERE g.collection = {} AND g.object {}"


def _asked(connection: Connection, statement: str, collection: int, ids: Sequence[str]) -> Sequence[Any]:
    # It goes to the driver as it is: to build a list of so many parameters anew takes longer than to answer it.
    wanted = sorted(set(ids))
    if connection.dialect.paramstyle == "qmark":
        spelt = statement.format("?", "IN (SELECT value FROM json_each(?))")
        return connection.exec_driver_sql(spelt, (collection, json.dumps(wanted))).all()
    return connection.exec_driver_sql(statement.format("%s", "= ANY(%s)"), (collection, wanted)).all()
