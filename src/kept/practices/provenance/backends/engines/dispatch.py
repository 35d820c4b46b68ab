"""Hands pieces to workers as they come free, replaces those that die, and tries their pieces again."""

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.provenance.records.bulk import Outcome, Piece

RETRIES = 2
# Workers that die one after the other before any is open: nothing is to be hoped from one more.
STILLBORN = 3
MOST_WORKERS = 4096


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has opened its work, or says why it can't."""

    refusal: KeptError | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died."""


Event = Ready | Lost | Outcome


class Worker(Protocol):
    """One worker of a crew; it has at most one piece."""

    def give(self, piece: Piece) -> None:
        """Let it work on a piece; it may be dead already, which `Crew.wait` then tells."""
        ...

    def dismiss(self, *, now: bool) -> None:
        """End it: at once, or after it has closed what it has open."""
        ...


W = TypeVar("W", bound=Worker)


class Crew(Protocol[W]):
    """Where workers come from."""

    def hire(self) -> W:
        """A new worker, which opens its work."""
        ...

    def wait(self, workers: Collection[W], *, seconds: float | None) -> Iterable[tuple[W, Event]]:
        """What happened next, at most one thing for each worker; at least one, unless so many seconds went by first."""
        ...


@dataclass(slots=True)
class _Turn:
    piece: Piece
    losses: int = 0
    since: float = 0.0


class Dispatch(Generic[W]):
    """One run of pieces over a crew; a worker that takes longer than `seconds` for one is ended, unless that is 0."""

    def __init__(self, pieces: Iterable[Piece], crew: Crew[W], *, workers: int, seconds: float) -> None:
        if not 1 <= workers <= MOST_WORKERS:
            raise Invalid(f"A job has 1 to {MOST_WORKERS} workers, not {workers}.", code="bulk.workers")
        self._pieces = iter(pieces)
        self._crew = crew
        self._workers = workers
        self._seconds = seconds
        self._again: deque[_Turn] = deque()
        self._busy: dict[W, _Turn] = {}
        self._idle: list[W] = []
        self._opened: set[W] = set()
        self._stillborn = 0

    def outcomes(self) -> Iterator[Outcome]:
        """One outcome for each piece. Raises the refusal of a worker, and Unavailable where none stays alive."""
        try:
            self._fill()
            while self._busy:
                events = self._crew.wait(self._busy, seconds=self._patience())
                settled = [found for worker, event in events if (found := self._take(worker, event))]
                settled += self._hanging()
                # Workers go on while whoever reads this is busy with what was settled.
                self._fill()
                yield from settled
        finally:
            for worker in self._busy:
                worker.dismiss(now=True)
            for worker in self._idle:
                worker.dismiss(now=False)

    def _fill(self) -> None:
        while len(self._busy) < self._workers and (turn := self._next()):
            worker = self._idle.pop() if self._idle else self._crew.hire()
            self._busy[worker] = turn
            turn.since = time.monotonic()
            worker.give(turn.piece)

    def _next(self) -> _Turn | None:
        if self._again:
            return self._again.popleft()
        piece = next(self._pieces, None)
        return None if piece is None else _Turn(piece)

    def _take(self, worker: W, event: Event) -> Outcome | None:
        if isinstance(event, Ready):
            if event.refusal is not None:
                raise event.refusal
            self._opened.add(worker)
            self._stillborn = 0
            self._busy[worker].since = time.monotonic()
            return None
        turn = self._busy.pop(worker)
        if isinstance(event, Outcome):
            self._idle.append(worker)
            return event
        worker.dismiss(now=True)
        return self._lost(worker, turn)

    def _patience(self) -> float | None:
        """How long nothing may happen until a worker that has opened its work hangs."""
        begun = [turn.since for worker, turn in self._busy.items() if worker in self._opened]
        if not self._seconds or not begun:
            return None
        return max(0.0, min(begun) + self._seconds - time.monotonic())

    def _hanging(self) -> list[Outcome]:
        """The outcomes of those who took too long: they are not tried again, since they would hang again."""
        now = time.monotonic()
        late = [
            (worker, turn)
            for worker, turn in self._busy.items()
            if self._seconds and worker in self._opened and now - turn.since >= self._seconds
        ]
        for worker, _ in late:
            del self._busy[worker]
            self._opened.discard(worker)
            worker.dismiss(now=True)
        message = f"It took more than {self._seconds:g} s, which piece_seconds in [practices.provenance] allows."
        return [Outcome(turn.piece.number, "failed", code="bulk.too-long", message=message) for _, turn in late]

    def _lost(self, worker: W, turn: _Turn) -> Outcome | None:
        if worker not in self._opened:
            self._stillborn += 1
            if self._stillborn >= STILLBORN:
                raise Unavailable(
                    f"{STILLBORN} workers in a row died before they had opened the workspace.",
                    code="bulk.no-workers",
                    hint="Look at the memory and the logs of the machine that they run on.",
                )
            self._again.append(turn)
            return None
        self._opened.discard(worker)
        turn.losses += 1
        if turn.losses <= RETRIES:
            self._again.append(turn)
            return None
        message = f"{turn.losses} workers died while they worked on it."
        return Outcome(turn.piece.number, "failed", code="bulk.worker-died", message=message)
