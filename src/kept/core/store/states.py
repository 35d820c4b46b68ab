"""Whether anything was written meanwhile, found out without reading what."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine, text

State = Callable[[], str]
"""A text that is another once anything was committed, by whomever."""


class SqliteState:
    """The state of a file, by a connection that stays open and asks for nothing else.

    Source: SQLite's documentation of PRAGMA data_version, whose values are of one connection alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0

    def __call__(self) -> str:
        """The state now."""
        with self._turn:
            connection = self._connection or self._open()
            try:
                (version,) = connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                self._let_go()
                raise
            return f"{self._opened}.{version}"

    def close(self) -> None:
        """Close its connection."""
        with self._turn:
            self._let_go()

    def _open(self) -> sqlite3.Connection:
        self._opened += 1
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def postgres_state(engine: Engine) -> State:
    """The state of a server: which transactions a snapshot taken now would see (PostgreSQL's pg_current_snapshot)."""

    def state() -> str:
        with engine.connect() as connection:
            return str(connection.execute(_SNAPSHOT).scalar())

    return state


_SNAPSHOT = text("SELECT pg_current_snapshot()::text")
