"""Worker processes of this machine, each started afresh (spawn), so that none has what its parent had open."""

import multiprocessing
import signal
from collections.abc import Collection, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from kept.practices.provenance.backends.engines.desk import Desk
from kept.practices.provenance.backends.engines.dispatch import Dispatch, Event, Lost, Ready
from kept.practices.provenance.records.bulk import Outcome, Piece, Work

_PATIENCE = 10.0
_SPAWN = multiprocessing.get_context("spawn")


class LocalWorker:
    """A process, and the pipe to it. Its arguments and its title hold no option and no secret."""

    def __init__(self, work: Work) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._process: SpawnProcess = _SPAWN.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        # The process has its own copy; with ours closed, its death shows as the end of the pipe.
        theirs.close()

    def give(self, piece: Piece) -> None:
        """Send it a piece."""
        try:
            self.pipe.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            return  # It is dead, which is what reading from the pipe says next.

    def take(self) -> Event:
        """What it said last, or that it is no more."""
        try:
            said: Event = self.pipe.recv()
        except (EOFError, OSError):
            return Lost()
        return said

    def dismiss(self, *, now: bool) -> None:
        """Close the pipe, at whose end it closes what it has open; kill it where it must not or does not."""
        if now:
            self._process.kill()
        self.pipe.close()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


class LocalCrew:
    """Processes for one job."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def hire(self) -> LocalWorker:
        """Start a process."""
        return LocalWorker(self._work)

    def wait(self, workers: Collection[LocalWorker], *, seconds: float | None) -> Iterator[tuple[LocalWorker, Event]]:
        """What those said that said something."""
        by_pipe: dict[Any, LocalWorker] = {worker.pipe: worker for worker in workers}
        for pipe in wait(list(by_pipe), seconds):
            worker = by_pipe[pipe]
            yield worker, worker.take()


class LocalEngine:
    """The engine "local"."""

    def run(self, work: Work, pieces: Iterable[Piece], *, workers: int, on: str = "local") -> Iterator[Outcome]:
        """One outcome for each piece; see `ports.Engine`."""
        return Dispatch(pieces, LocalCrew(work), workers=workers, seconds=work.seconds).outcomes()


def _serve(pipe: Connection, work: Work) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what follows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    desk = Desk()
    refusal = desk.begin(work)
    try:
        pipe.send(Ready(refusal))
        while refusal is None:
            pipe.send(desk.do(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # Dismissed, or left alone: the journal says what is still to be done.
    finally:
        desk.end()


LOCAL = LocalEngine()
