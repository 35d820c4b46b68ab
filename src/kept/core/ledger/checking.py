"""Checking a whole workspace: the database, the public files and the mark have to tell one story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kept.core import merkle, note, tiles
from kept.core.erasure import ERASURE_TYPE, Erasure
from kept.core.ledger import tree
from kept.core.ledger.mark import Mark
from kept.core.ledger.publisher import MARK, Publisher
from kept.core.ledger.reading import body_at, statements
from kept.core.ledger.records import Recorded
from kept.core.ledger.tables import BODY
from kept.core.note import Checkpoint, VerifierKey
from kept.core.store import Store
from kept.errors import Invalid, NotFound, Unverified

Keys = Callable[[int], Sequence[VerifierKey]]
"""The log's keys that may sign a checkpoint of a size."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked: entries recorded and published, and bodies that were erased."""

    recorded: int
    published: int
    erased: int


def check(store: Store, publisher: Publisher, keys: Keys) -> Checked:
    """Check everything, in four steps. Raises Unverified, naming the first thing that is wrong.

    1. Every entry hashes to its leaf, and every body to its entry; a body is absent only where an erasure says so.
    2. The leaves hash to the root that the stored nodes give.
    3. The published checkpoint and the mark agree with that tree.
    4. Every published tile and entry bundle is what the entries give.
    """
    # 1.
    absent, erased = set(), set()
    leaves: list[bytes] = []
    for recorded in statements(store, (), model=None):
        leaves.append(merkle.leaf_hash(recorded.entry.raw))
        if recorded.index != len(leaves) - 1:
            raise Unverified(f"Entry {len(leaves) - 1} is missing from the database.", code="ledger.entry-missing")
        if recorded.body is None:
            absent.add(recorded.index)
        erased |= _erased_by(recorded)
    if unexplained := absent - erased:
        raise Unverified(
            f"The body of entry {min(unexplained)} is missing, and no statement says that it was erased.",
            code="ledger.body-absent",
        )
    with store.read() as connection:
        _no_stray_body(connection, len(leaves))
        # 2.
        reader = tree.reader(connection, len(leaves), {})
        if merkle.root(b"".join(leaves)) != merkle.tree_root(reader.nodes, len(leaves)):
            raise Unverified("The stored nodes don't give the root of the stored entries.", code="ledger.tree")
    # 3. and 4.
    return Checked(len(leaves), _check_published(leaves, publisher, keys), len(absent))


def _erased_by(recorded: Recorded) -> set[int]:
    if recorded.entry.predicate != ERASURE_TYPE or recorded.statement is None:
        return set()
    return {Erasure.parse(recorded.statement).index}


def _no_stray_body(connection: Connection, size: int) -> None:
    last = connection.execute(select(func.max(BODY.c.position))).scalar()
    if last is not None and last >= size:
        body_at(connection, last)
        raise Unverified(f"There is a body for entry {last}, which is missing.", code="ledger.entry-missing")


def _check_published(leaves: list[bytes], publisher: Publisher, keys: Keys) -> int:
    mark = Mark.read(publisher.state / MARK)
    try:
        latest = publisher.latest()
    except NotFound:
        if mark is None:
            return 0
        raise
    checkpoint = Checkpoint.parse(latest.text)
    note.verify(latest, keys(checkpoint.size))
    for known in (checkpoint, *([mark.checkpoint] if mark else [])):
        if known.size > len(leaves) or merkle.root(b"".join(leaves[: known.size])) != known.root:
            raise Unverified(
                f"What was published at {known.size} entries is not what the database holds.",
                code="ledger.fork",
                hint="This workspace was restored from an older copy, or its store was changed.",
            )
    _check_tiles(publisher, checkpoint)
    return checkpoint.size


def _check_tiles(publisher: Publisher, checkpoint: Checkpoint) -> None:
    try:
        for _ in tiles.check(tiles.from_folder(publisher.folder), size=checkpoint.size, root=checkpoint.root):
            pass
    except (Invalid, NotFound, Unverified) as error:
        raise Unverified(
            error.message,
            code=error.code,
            hint="The database is whole: kept ledger checkpoint --rebuild makes every tile anew.",
        ) from error
