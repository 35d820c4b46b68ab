"""Group commit: rows from any number of asyncio producers share transactions, and one future per event loop."""

import asyncio
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator, Mapping, Sequence
from threading import Condition, Lock, Thread
from typing import Any

from kept.core.store.inserts import Row
from kept.errors import Conflict, KeptError, Unavailable

Failures = Mapping[int, KeptError]

BOUND = 16_384
# How long the producers that a commit has released may delay the next one, so that they can take part in it.
RESUME_SECONDS = 0.002


class GroupCommit:
    """Gathers rows while a commit runs, and hands all that waited to the next one.

    `commit` makes rows durable in one transaction and returns the error of each row (by position) that was left
    out, or raises KeptError when nothing was kept. At most `bound` rows wait at a time: past that, a producer's row
    is taken only once a commit has made room.
    """

    def __init__(self, commit: Callable[[Sequence[Row]], Failures], *, bound: int = BOUND) -> None:
        self._commit = commit
        self._bound = bound
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._gathering: dict[AbstractEventLoop, _Group] = {}
        self._resuming: set[_Group] = set()
        self._waiting = 0
        self._ready = False
        self._closed = False
        self._thread: Thread | None = None

    def add(self, row: Row) -> "Written":
        """Take a row, now when there is room, else when awaited; must be called from a running event loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            group = self._gathering.get(loop) or self._open_group(loop)
            if self._waiting < self._bound:
                self._waiting += 1
                group.rows.append(row)
                return Written(group, len(group.rows) - 1)
        return _Deferred(self, group, row)

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._lock:
            self._closed = True
            self._wake()
        if self._thread is not None:
            self._thread.join()

    def _open_group(self, loop: AbstractEventLoop) -> "_Group":
        if self._closed:
            raise Conflict("The store is closed.", code="store.closed")
        group = self._gathering[loop] = _Group(loop)
        # Once the loop has run whatever is ready now, every producer that can add to this group has done so.
        loop.call_soon(self._gathered)
        return group

    def _gathered(self) -> None:
        with self._lock:
            self._ready = True
            self._wake()

    def _wake(self) -> None:
        if self._gathering and self._thread is None:
            self._thread = Thread(target=self._run, name="kept-group-commit", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _resumed(self, group: "_Group") -> None:
        with self._lock:
            self._resuming.discard(group)
            self._changed.notify()

    def _run(self) -> None:
        while groups := self._next():
            rows = [row for group in groups for row in group.rows]
            outcome: Failures | KeptError | None = None
            try:
                outcome = self._commit(rows)
            except KeptError as error:
                outcome = error
            finally:
                if outcome is None:  # something unforeseen ends this thread: nobody may go on waiting for it
                    with self._lock:
                        self._thread = None
                    outcome = Unavailable("The store's writer stopped.", code="store.stopped")
                self._settle(groups, outcome)

    def _next(self) -> "list[_Group]":
        with self._lock:
            while not self._closed and not (self._ready and self._gathering):
                self._changed.wait()
            patience = time.monotonic() + RESUME_SECONDS
            while self._resuming and not self._closed and (left := patience - time.monotonic()) > 0:
                self._changed.wait(left)
            groups = list(self._gathering.values())
            self._gathering.clear()
            self._resuming.clear()
            self._waiting = 0
            self._ready = False
            return groups

    def _settle(self, groups: "Sequence[_Group]", outcome: Failures | KeptError) -> None:
        """Tell the producers, each group on its own loop; a loop that has ended has nobody left to tell."""
        start = 0
        for group in groups:
            end = start + len(group.rows)
            told = outcome
            if outcome and not isinstance(outcome, KeptError):
                told = {place - start: outcome[place] for place in outcome if start <= place < end}
            with self._lock:
                self._resuming.add(group)
            try:
                group.loop.call_soon_threadsafe(self._tell, group, told)
            except RuntimeError:  # it was closed, maybe just now
                with self._lock:
                    self._resuming.discard(group)
            start = end

    def _tell(self, group: "_Group", outcome: Failures | KeptError) -> None:
        group.future.set_result(outcome)
        group.loop.call_soon(self._resumed, group)


class _Group:
    """The rows of one event loop that are committed together, and the future that all their producers await."""

    __slots__ = ("future", "loop", "rows")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.future = _Shared(loop=loop)
        self.rows: list[Row] = []


class _Shared(asyncio.Future[Failures | KeptError]):
    """A future that one cancelled producer cannot cancel for the others; that producer is cancelled once it is done."""

    def cancel(self, msg: Any | None = None) -> bool:
        return False


class Written:
    """Awaited, it ends when the row is durable; raises the KeptError that kept it out of the store."""

    __slots__ = ("_group", "_position")

    def __init__(self, group: _Group, position: int) -> None:
        self._group = group
        self._position = position

    def __await__(self) -> Generator[Any, None, None]:
        outcome = yield from self._group.future
        if outcome:
            error = outcome if isinstance(outcome, KeptError) else outcome.get(self._position)
            if error is not None:
                raise error


class _Deferred(Written):
    """A row for which there was no room: awaited, it is handed over again once the full group is committed."""

    __slots__ = ("_commits", "_row")

    def __init__(self, commits: GroupCommit, full: _Group, row: Row) -> None:
        super().__init__(full, -1)
        self._commits = commits
        self._row = row

    def __await__(self) -> Generator[Any, None, None]:
        yield from self._group.future
        yield from self._commits.add(self._row).__await__()
