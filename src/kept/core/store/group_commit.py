"""Group commit: rows from any number of asyncio producers share transactions, and one future per event loop."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from threading import Condition, Thread
from typing import Any

from sqlalchemy import Table

from kept.errors import Conflict, KeptError, Unavailable

Row = tuple[Table, Mapping[str, Any]]
Failures = Mapping[int, KeptError]

BOUND = 16_384


class GroupCommit:
    """Gathers rows while a commit runs, and hands all that waited to the next one.

    `commit` makes rows durable in one transaction and returns the error of each row (by position) that was left
    out, or raises KeptError when nothing was kept. At most `bound` rows wait at a time: past that, a producer's row
    is taken only once a commit has made room.
    """

    def __init__(self, commit: Callable[[Sequence[Row]], Failures], *, bound: int = BOUND) -> None:
        self._commit = commit
        self._bound = bound
        self._changed = Condition()
        self._gathering: dict[asyncio.AbstractEventLoop, _Group] = {}
        self._waiting = 0
        self._closed = False
        self._thread: Thread | None = None

    def add(self, row: Row) -> "Written":
        """Take a row, now when there is room, else when awaited; must be called from a running event loop."""
        written = Written(self, row)
        self._take(written)
        return written

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _take(self, written: "Written") -> "_Group | None":
        """Put the row in the group that its loop is gathering; returns a group to wait for when there is no room."""
        loop = asyncio.get_running_loop()
        with self._changed:
            if self._closed:
                raise Conflict("The store is closed.", code="store.closed")
            group = self._gathering.get(loop)
            if group is None:
                group = self._gathering[loop] = _Group(loop)
                self._wake()
            if self._waiting >= self._bound:
                return group
            self._waiting += 1
            written.group = group
            written.position = len(group.rows)
            group.rows.append(written.row)
            return None

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._run, name="kept-group-commit", daemon=True)
            self._thread.start()
        else:
            self._changed.notify()

    def _run(self) -> None:
        while groups := self._next():
            rows = [row for group in groups for row in group.rows]
            # What producers are told should anything unforeseen stop this thread.
            outcome: Failures | KeptError = Unavailable("The store's writer stopped.", code="store.stopped")
            try:
                outcome = self._commit(rows)
            except KeptError as error:
                outcome = error
            finally:
                start = 0
                for group in groups:
                    group.settle(outcome, start=start)
                    start += len(group.rows)

    def _next(self) -> list["_Group"]:
        with self._changed:
            while not self._gathering and not self._closed:
                self._changed.wait()
            groups = list(self._gathering.values())
            self._gathering.clear()
            self._waiting = 0
            return groups


class _Group:
    """The rows of one event loop that are committed together, and the future that all their producers await."""

    __slots__ = ("_loop", "future", "rows")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.future = _Shared(loop=loop)
        self.rows: list[Row] = []

    def settle(self, outcome: Failures | KeptError, *, start: int) -> None:
        """Tell the producers, on their own loop; a loop that has ended has nobody left to tell."""
        if not isinstance(outcome, KeptError):
            outcome = {place - start: outcome[place] for place in outcome if 0 <= place - start < len(self.rows)}
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.future.set_result, outcome)


class _Shared(asyncio.Future[Failures | KeptError]):
    """A future that one cancelled producer cannot cancel for the others; that producer is cancelled once it is done."""

    def cancel(self, msg: Any | None = None) -> bool:
        return False


class Written:
    """Awaited, it ends when the row is durable; raises the KeptError that kept it out of the store."""

    __slots__ = ("_gathered", "group", "position", "row")

    def __init__(self, gathered: GroupCommit, row: Row) -> None:
        self._gathered = gathered
        self.row = row
        self.group: _Group | None = None
        self.position = 0

    def __await__(self) -> Generator[Any, None, None]:
        while self.group is None:
            full = self._gathered._take(self)
            if full is not None:
                yield from full.future
        outcome = yield from self.group.future
        if outcome:
            error = outcome if isinstance(outcome, KeptError) else outcome.get(self.position)
            if error is not None:
                raise error
