"""One writer at a time, in turn: SQLite alone lets a waiting process sleep while a busy one writes again and again."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType

from kept.errors import Unavailable


class Turnstile:
    """A lock shared by the threads of this process and, through a file beside the store, by other processes.

    SQLite's own lock protects the data; this one only shortens the wait for it, from a second to milliseconds. It ends
    with the process that holds it. Raises Unavailable when it is not had within `patience` seconds.
    """

    def __init__(self, store: Path, *, patience: float) -> None:
        self._patience = patience
        self._threads = Lock()
        self._file = os.open(f"{store}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        if not self._threads.acquire(timeout=self._patience):
            raise _busy()
        try:
            if not self._is_free():
                _Turn(self._file).wait(self._patience)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    @contextmanager
    def at_once(self) -> Iterator[bool]:
        """Enter without waiting; tells whether nobody else was inside."""
        if not self._threads.acquire(blocking=False):
            yield False
            return
        try:
            had = self._is_free()
            try:
                yield had
            finally:
                if had:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Let go of the file; the turnstile cannot be entered again."""
        os.close(self._file)

    def _is_free(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class _Turn:
    """A place in the system's queue for the file's lock, which a thread holds because that wait has no time limit."""

    def __init__(self, file: int) -> None:
        # A handle of its own, since the turnstile may be closed while this still waits; both hold the same lock.
        self._file = os.dup(file)
        self._shared_file = file
        self._settled = Lock()
        self._had = Event()
        self._abandoned = False

    def wait(self, patience: float) -> None:
        Thread(target=self._queue, name="kept-store-turn", daemon=True).start()
        try:
            if not self._had.wait(patience):
                raise _busy()
        except BaseException:
            with self._settled:
                self._abandoned = True
                if self._had.is_set():
                    fcntl.flock(self._shared_file, fcntl.LOCK_UN)
            raise

    def _queue(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._settled:
            if self._abandoned:
                fcntl.flock(self._file, fcntl.LOCK_UN)
            else:
                self._had.set()
            os.close(self._file)


def _busy() -> Unavailable:
    return Unavailable(
        "The store is locked by another writer.",
        code="store.busy",
        hint="Try again when the other process has finished.",
    )
