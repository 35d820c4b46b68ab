"""Whether anything was written meanwhile, found out without reading what."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import Lock
from typing import Any

from sqlalchemy import Engine, text

State = Callable[[], str]
"""A text that is another once anything was committed, by whomever."""


class SqliteState:
    """The state of a file, by a connection that stays open and asks for nothing else.

    Source: SQLite's documentation of PRAGMA data_version, whose values are of one connection alone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = Lock()
        self._connection: Any = None
        self._opened = 0

    def __call__(self) -> str:
        """The state now."""
        with self._turn:
            if self._connection is None:
                self._opened += 1
                self._connection = self._engine.raw_connection()
                self._connection.detach()
            try:
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                self._let_go()
                raise
            return f"{self._opened}.{version}"

    def close(self) -> None:
        """Close its connection."""
        with self._turn:
            self._let_go()

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
