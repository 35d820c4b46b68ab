"""What SQLite leaves in its files of what was erased, and how that goes.

`secure_delete` overwrites a row where it stands, and that isn't all: the write-ahead log holds pages as they were until
it is written over, and where SQLite moved a row from a page to its neighbour, the copy that it left behind stays in the
unused part of the first. The log is emptied, and the file written anew without its unused parts (SQLite's
documentation of VACUUM says that it cleans the file of all traces of what was deleted).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from kept.core import durable
from kept.core.store.turnstile import Turnstile
from kept.errors import KeptError, Unavailable

LARGEST = 128 * 1024 * 1024
"""Bytes of a file up to which it is written anew: 2.5 s on a slow machine, while everybody else waits to write."""
PATIENCE_MS = 500
_FILE, _LOG = b"file", b"log"


class Remains:
    """The remains of what is erased from one store, of which a file beside it tells every process until they are gone.

    All but `look` is called with the turnstile held.
    """

    def __init__(self, path: Path, writer: Engine, gate: Turnstile) -> None:
        self._path = path
        self._note = Path(f"{path}-erased")
        self._writer = writer
        self._gate = gate

    def expect(self) -> None:
        """Note durably that something is about to be erased, so that whoever opens the store next does what is left."""
        durable.write(self._note, _FILE, mode=0o600)

    def clear(self) -> None:
        """Write the file anew where it isn't too large, and empty the log, or leave that to whoever lets go of it.

        Raises Unavailable where the disk refuses: what is erased stays erased, and the next start tries again.
        """
        try:
            if self._path.stat().st_size <= LARGEST:
                # What it writes in between is all that the store holds, which is for no folder of temporary files.
                with self._connected() as connection, _set(connection, "temp_store", "MEMORY"):
                    connection.execute("VACUUM").close()
            durable.write(self._note, _LOG, mode=0o600)
        except (OSError, sqlite3.Error, KeptError) as error:
            raise Unavailable(
                f"It is erased, but what is left of it in unused parts of the store's file isn't: {error}.",
                code="store.remains",
                hint="Free some space, if that is it. Whatever opens the store next tries again.",
            ) from error
        self.retry(patience=PATIENCE_MS)

    def retry(self, *, patience: int = 0) -> None:
        """Empty the log where that is what is left to do, and no reader needs it for so many milliseconds."""
        if self._left() != _LOG:
            return
        # Where the disk refuses, or a process was confined, the note stays, and the next commit or reader tries again.
        with suppress(sqlite3.Error, OSError, KeptError):
            if self._is_emptied(patience):
                self._note.unlink(missing_ok=True)

    def look(self, *, whole: bool = False) -> None:
        """Do what is left to do, if nobody writes now; `whole` also what a process left that died, or lacked space."""
        if not self._left():
            return
        with self._gate.at_once() as had:
            if not had:
                return
            if whole and self._left() == _FILE:
                with suppress(Unavailable):  # as long as the disk is too full, the note stays
                    self.clear()
            self.retry()

    def _left(self) -> bytes:
        """What is left to do; nothing where there is no note, or where a confined process may not see it."""
        if not os.path.exists(self._note):
            return b""
        try:
            return self._note.read_bytes()
        except OSError:
            return b""

    def _is_emptied(self, patience: int) -> bool:
        with self._connected() as connection, _set(connection, "busy_timeout", patience):
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        pooled = self._writer.raw_connection()
        try:
            yield pooled.driver_connection
        finally:
            pooled.close()


@contextmanager
def _set(connection: sqlite3.Connection, name: str, value: object) -> Iterator[None]:
    """A setting of a connection while the block runs."""
    (before,) = connection.execute(f"PRAGMA {name}").fetchone()
    connection.execute(f"PRAGMA {name}={value}").close()
    try:
        yield
    finally:
        connection.execute(f"PRAGMA {name}={before}").close()
