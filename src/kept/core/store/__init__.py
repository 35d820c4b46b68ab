"""A room's private, mutable, erasable state: one database for all rooms, SQLite by default, PostgreSQL by URL."""

import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Select, Table
from sqlalchemy import Row as Found
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from kept.core.store.databases import Database, open_database
from kept.core.store.failures import translate
from kept.core.store.group_commit import Failures, GroupCommit
from kept.core.store.inserts import Inserts, Row
from kept.core.store.schema import Migration, Schema, is_current, migrate
from kept.errors import Conflict, Invalid, KeptError

__all__ = ["Migration", "Schema", "Store"]

T = TypeVar("T")
R = TypeVarTuple("R")

# The fast path of `written` calls SQLite's driver directly, so its errors arrive without SQLAlchemy's wrapper; and half
# of a surrogate pair, which JSON can hold, is no text to either driver.
_DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, UnicodeEncodeError)
_VALUE_ERRORS = (OverflowError, TypeError, ValueError)


class Store:
    """One database that several processes may have open; what it acknowledges survives a crash.

    Errors of the database are raised as kept's: Conflict for a broken constraint, Unavailable for a full disk, a
    lock or an unreachable server, Unverified for a damaged file, Invalid for a value that a column cannot hold.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups = GroupCommit(self._commit)
        self._inserts = Inserts()
        self._inside = threading.local()

    @classmethod
    def open(cls, url: str, schemas: Iterable[Schema]) -> Self:
        """Open, create or migrate the store at `sqlite:////absolute/path` or `postgresql://user@host/database`.

        Raises Invalid for another URL, Conflict for a store that a newer version of kept has changed.
        """
        schemas = tuple(schemas)
        # SQLite repeats damaged names in what it says of a damaged file, and its driver can't decode them.
        with _translated(UnicodeDecodeError):
            store = cls(open_database(url))
        try:
            with store.read() as connection:
                current = is_current(connection, schemas)
            if not current:
                store.write(lambda connection: migrate(connection, schemas))
            store._let_go(whole=True)
        except KeptError:
            store.close()
            raise
        return store

    @property
    def is_local(self) -> bool:
        """Whether it stands on this machine's disk, so that reading never waits for a server."""
        return self._database.reader.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees the store as it was at its first query, and that refuses to write."""
        with _translated():
            with self._database.reader.begin() as connection:
                yield connection
            self._let_go()

    def rows(self, query: Select[*R], values: Mapping[str, Any] | None = None) -> Sequence[Found[*R]]:
        """All that one query finds, which refuses to write: it sees one state without a transaction, so it costs less.

        As it changes nothing, it is asked once more where the connection was lost meanwhile.
        """
        with _translated():
            try:
                return self._ask(query, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._ask(query, values)

    def state(self) -> str:
        """What is another once anything was written, by whomever; it costs less than to find out by reading.

        Where it was the same before and after, so was all that was read in between.
        """
        with _translated():
            return self._database.state()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction that excludes every other `write`, of this process or another.

        What it returns is durable; when it raises, nothing was changed.
        """
        with self._transaction() as connection:
            self._database.serialise(connection)
            return work(connection)

    def erase(self, work: Callable[[Connection], T]) -> T:
        """As `write`, and on return nothing of what `work` deleted or overwrote is left in the files of SQLite's.

        Where somebody reads meanwhile, the log that they need holds it until they are done; in a file over 128 MiB, the
        unused part of a page may. What PostgreSQL keeps is PostgreSQL's to clean. It costs some ms for each MB stored,
        so what strangers ask for is not to come here. Raises Unavailable where it is erased and the disk is too full
        for the rest.
        """
        with self._transaction(erasing=True) as connection:
            self._database.serialise(connection)
            return work(connection)

    def written(self, table: Table, row: Mapping[str, Any]) -> Awaitable[None]:
        """Hand over one row, inserted with those of other producers; await the result to know that it is durable.

        Needs a running event loop. A row that breaks a constraint fails alone; a failed commit fails every row in it.
        The row is handed over at once; only where thousands wait already, once the result is awaited.
        """
        return self._groups.add((table, row))

    def close(self) -> None:
        """Make durable what was handed over, then let go of the database."""
        self._groups.close()
        self._let_go()
        self._database.close()

    def _ask(self, query: Select[*R], values: Mapping[str, Any] | None) -> Sequence[Found[*R]]:
        with self._database.asking.connect() as connection:
            return connection.execute(query, values).all()

    def _let_go(self, *, whole: bool = False) -> None:
        """Do what is left to do of what was erased."""
        if self._database.remains is not None:
            self._database.remains.look(whole=whole)

    @contextmanager
    def _transaction(self, *, erasing: bool = False) -> Iterator[Connection]:
        if getattr(self._inside, "writing", False):
            raise Conflict("A write was begun inside another.", code="store.nested", hint="Use its connection.")
        remains = self._database.remains
        with _translated(), self._database.gate:
            self._inside.writing = True
            try:
                with self._database.writer.begin() as connection:
                    yield connection
                    if erasing and remains is not None:
                        remains.expect()
                if remains is not None:
                    remains.clear() if erasing else remains.retry()
            finally:
                self._inside.writing = False

    def _commit(self, rows: Sequence[Row]) -> Failures:
        """Insert all rows, or, where one is refused, all but those that are."""
        try:
            with self._transaction() as connection:
                self._inserts.insert(connection, rows)
            return {}
        except (Conflict, Invalid, *_VALUE_ERRORS):
            return self._commit_one_by_one(rows)

    def _commit_one_by_one(self, rows: Sequence[Row]) -> Failures:
        failures: dict[int, KeptError] = {}
        with self._transaction() as connection:
            for position, row in enumerate(rows):
                try:
                    with _translated(*_VALUE_ERRORS), connection.begin_nested():
                        self._inserts.insert(connection, [row])
                except (Conflict, Invalid) as error:
                    failures[position] = error
        return failures


@contextmanager
def _translated(*also: type[Exception]) -> Iterator[None]:
    kinds: tuple[type[Exception], ...] = (*_DATABASE_ERRORS, *also)
    try:
        yield
    except kinds as error:
        raise translate(error) from error
