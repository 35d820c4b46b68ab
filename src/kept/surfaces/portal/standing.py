"""How the promises stand, for the first page: what `kept status` tells, worked out once for each state of the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from kept.errors import KeptError

# A status also changes by time alone, as evidence grows stale.
STALE_SECONDS = 3600
# How long the size of the log is taken to be what it was.
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment, and how it stands: for each model by its name, or under "" for the organisation alone."""

    id: str
    statuses: tuple[Mapping[str, Any], ...]

    @property
    def states(self) -> frozenset[str]:
        """The states that it has; several where models differ."""
        return frozenset(status["state"] for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Standing:
    """How all promises stood at `as_of` by the first `size` statements; `error` where that can't be told."""

    as_of: datetime
    size: int
    promises: tuple[Promise, ...] = ()
    error: KeptError | None = None

    @property
    def states(self) -> frozenset[str]:
        """The states that any promise has."""
        return frozenset(state for promise in self.promises for state in promise.states)

    @property
    def differs(self) -> bool:
        """Whether any promise stands otherwise for one model than for another."""
        return any(len(promise.states) > 1 for promise in self.promises)


class Standings:
    """How the promises stand now.

    `statuses` is the verb that `kept status` calls, `size` the number of statements in the log.
    """

    def __init__(
        self,
        statuses: Callable[[], Sequence[Mapping[str, Any]]],
        size: Callable[[], int],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._statuses = statuses
        self._size = size
        self._now = now
        self._clock = clock
        self._turn = Lock()
        self._found: Standing | None = None
        self._looked = -LOOK_SECONDS
        self._made = 0.0

    def at_hand(self) -> Standing | None:
        """What was found a moment ago, without asking anything."""
        return self._found if self._clock() - self._looked < LOOK_SECONDS else None

    def current(self) -> Standing:
        """What holds now; while somebody else works it out, what held before. It blocks."""
        if not self._turn.acquire(blocking=self._found is None) and self._found:
            return self._found
        try:
            return self.at_hand() or self._look()
        finally:
            self._turn.release()

    def _look(self) -> Standing:
        found = self._found
        try:
            size = self._size()
            if found is None or found.error or found.size != size or self._clock() - self._made > STALE_SECONDS:
                found = Standing(self._now(), size, grouped(self._statuses()))
                self._made = self._clock()
        except KeptError as error:
            # What held before is not shown for what holds now.
            found = Standing(self._now(), found.size if found else 0, error=error)
        self._found, self._looked = found, self._clock()
        return found


def grouped(statuses: Iterable[Mapping[str, Any]]) -> tuple[Promise, ...]:
    """Statuses by promise, in the order in which promises and models come."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for status in statuses:
        found.setdefault(status["commitment"], []).append(status)
    return tuple(Promise(id, tuple(own)) for id, own in found.items())
