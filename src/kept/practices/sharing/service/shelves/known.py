"""What a collection holds already of the objects that somebody brings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    """What a collection holds of one object, and what its bringer may see of that.

    Nothing in it is walked through for each object that is brought: somebody may bring a thousand versions of one.
    """

    versions: dict[tuple[str, str], bytes] = field(default_factory=dict)
    by_digest: dict[bytes, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    ends: dict[tuple[str, str], tuple[Shown, Shown]] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    seen: set[bytes] = field(default_factory=set)
    seen_owners: set[str] = field(default_factory=set)
    seen_versions: set[str] = field(default_factory=set)

    def hold(self, owner: str, version: str, digest: bytes, *, visible: bool) -> None:
        """Count a version that is here; `visible` says whether the bringer may see it."""
        if (owner, version) not in self.versions:
            self.versions[owner, version] = digest
            self.by_digest.setdefault(digest, version)
            self.counts[owner] = self.counts.get(owner, 0) + 1
        if visible:
            self.seen.add(digest)
            self.seen_owners.add(owner)
            self.seen_versions.add(version)

    def show(self, audience: str, row: Shown) -> tuple[Shown, ...]:
        """Count a row of an audience, and mark the first and the last; those that are it no more."""
        ends = self.ends.get((audience, row.owner))
        if ends is None:
            self.ends[audience, row.owner] = row, row
            row.first = row.last = 1
            return ()
        first, last = ends
        row.first, row.last = int(row.version < first.version), int(row.version > last.version)
        if row.first:
            first.first, self.ends[audience, row.owner] = 0, (row, last)
            return (first,)
        if row.last:
            last.last, self.ends[audience, row.owner] = 0, (first, row)
            return (last,)
        return ()


def known(
    connection: Connection, collection: int, ids: Sequence[str], *, source: str, audiences: tuple[str, ...]
) -> Mapping[str, Known]:
    """What a collection holds of each of these objects; nothing of one that it has never seen.

    `source` brings others, and sees what it put there itself and what is shown to `audiences`.
    """
    found: dict[str, Known] = defaultdict(Known)
    theirs = frozenset(audiences)
    for row in _asked(connection, _SHOWN, collection, ids):
        state = found[row.object]
        visible = row.owner == source or row.audience in theirs
        state.hold(row.owner, row.version, bytes(row.digest), visible=visible)
        state.since[row.owner] = row.since
        state.show(row.audience, Shown(row.number, row.version, row.owner, row.since, row.first, row.last))
    for row in _asked(connection, _GONE, collection, ids):
        found[row.object].gone.add((row.owner, row.version))
    return found


# Every object has an audience, so that one index finds it. Its collection is no help to a planner.
_SHOWN = (
    "SELECT s.audience, s.number, s.object, s.version, s.owner, s.since, s.first, s.last, o.digest "
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
