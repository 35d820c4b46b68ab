"""The nearest content codes of one kind of media: an index in memory that follows the store.

What was added since the index was built is looked through code by code; once that is an eighth of it, the index is
built anew. Any number of processes may write: entries are numbered in the order of their commits, so that each process
catches up from the last number that it saw. Takes 44 bytes for each entry, 440 MB for ten million; loaded from a file,
processes share them.
"""

from itertools import chain
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from kept.core.store import Store
from kept.errors import Unavailable
from kept.practices.provenance.methods.nearest import Codes, Index, Labels, Near, build, merged, scan
from kept.practices.provenance.ports import IndexFiles
from kept.practices.provenance.service.rows import signed
from kept.practices.provenance.service.tables import CODES

# An index of fewer is built faster than it is read.
_WORTH_KEEPING = 1 << 16
_FETCHED = 1 << 16
_SAMPLES = 16


class CodeIndex:
    """Answers which entries have a code near another one, as of the moment that it is asked."""

    def __init__(self, store: Store, *, medium: int, files: IndexFiles | None = None) -> None:
        self._store = store
        self._medium = medium
        self._files = files
        self._name = f"codes-{medium}"
        self._lock = Lock()
        self._index: Index | None = None
        self._recent = _Recent()

    def within(self, code: int, radius: int, *, limit: int = 100) -> Near:
        """The numbers of the entries whose code differs from `code` in at most `radius` bits, the nearest first.

        Some may have been erased since: look each up before it is told.
        """
        with self._lock:
            index = self._caught_up()
            recent = self._recent
            near = scan(recent.codes, recent.labels, code, radius, limit=limit)
        return merged(index.within(code, radius, limit=limit), near, limit=limit)

    def drop(self) -> None:
        """Forget the index, in memory and on disk, so that no erased code is left in it."""
        with self._lock:
            self._index, self._recent = None, _Recent()
            if self._files is not None:
                self._files.drop(self._name)

    def _caught_up(self) -> Index:
        with self._store.read() as connection:
            if self._index is None:
                self._index = self._loaded(connection)
            index = self._index
            self._recent.add(*self._fetched(connection, after=self._recent.last or _last(index.labels)))
        if len(self._recent.labels) > max(_WORTH_KEEPING, len(index) // 8):
            codes = np.concatenate((index.codes, self._recent.codes))
            self._index = index = build(codes, np.concatenate((index.labels, self._recent.labels)))
            self._recent = _Recent()
            self._keep(index)
        return index

    def _loaded(self, connection: Connection) -> Index:
        """The index that was kept, if it is one of this store, or an empty one."""
        arrays = None if self._files is None else self._files.load(self._name)
        if arrays is not None:
            try:
                index = Index.from_arrays(arrays)
            except (KeyError, ValueError):  # of another version, or damaged: it is computed again
                index = None
            if index is not None and self._agrees(connection, index):
                return index
        return build(np.empty(0, np.uint64), np.empty(0, np.uint32))

    def _agrees(self, connection: Connection, index: Index) -> bool:
        """Whether the store has the codes of the index, as it has not where it was restored from a backup."""
        if not len(index):
            return True
        places = np.unique(np.linspace(0, len(index) - 1, _SAMPLES).astype(int))
        expected = {int(index.labels[place]): signed(int(index.codes[place])) for place in places}
        query = select(CODES.c.number, CODES.c.code).where(
            CODES.c.medium == self._medium, CODES.c.number.in_(list(expected))
        )
        return {row.number: row.code for row in connection.execute(query)} == expected

    def _fetched(self, connection: Connection, *, after: int) -> tuple[Codes, Labels]:
        query = (
            select(CODES.c.number, CODES.c.code)
            .where(CODES.c.medium == self._medium, CODES.c.number > after)
            .order_by(CODES.c.number)
        )
        blocks: list[NDArray[np.int64]] = []
        rows = connection.execution_options(yield_per=_FETCHED).execute(query)
        for block in rows.partitions():
            blocks.append(np.fromiter(chain.from_iterable(block), np.int64, 2 * len(block)).reshape(-1, 2))
        found = np.concatenate(blocks) if blocks else np.empty((0, 2), np.int64)
        return found[:, 1].view(np.uint64), found[:, 0].astype(np.uint32)

    def _keep(self, index: Index) -> None:
        if self._files is not None:
            try:
                self._files.save(self._name, index.arrays())
            except Unavailable:
                # The index in memory answers as well; only the next process has to build its own.
                return


class _Recent:
    """What was added since the index was built, in arrays that grow by doubling."""

    def __init__(self) -> None:
        self._codes = np.empty(1024, np.uint64)
        self._labels = np.empty(1024, np.uint32)
        self._count = 0

    @property
    def codes(self) -> Codes:
        return self._codes[: self._count]

    @property
    def labels(self) -> Labels:
        return self._labels[: self._count]

    @property
    def last(self) -> int:
        return _last(self.labels)

    def add(self, codes: Codes, labels: Labels) -> None:
        count = self._count + len(codes)
        if count > len(self._codes):
            room = max(count, 2 * len(self._codes))
            self._codes = np.resize(self._codes, room)
            self._labels = np.resize(self._labels, room)
        self._codes[self._count : count] = codes
        self._labels[self._count : count] = labels
        self._count = count


def _last(labels: Labels) -> int:
    return int(labels[-1]) if len(labels) else 0
