"""The databases that can hold a store, by URL scheme: how each is opened, locked and made durable."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kept.core import durable
from kept.core.store import postgres
from kept.core.store.remains import Remains
from kept.core.store.states import SqliteState, State, postgres_state
from kept.core.store.turnstile import Turnstile
from kept.errors import Invalid, NotFound, Unavailable, Unverified

LOCK_SECONDS = 30.0
_HEADER_BYTES = 512
_WRITER_CACHE_KIB = 64 * 1024

_PRAGMAS = (
    "synchronous=FULL",
    "fullfsync=ON",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    # What was erased is overwritten; SQLite would only forget where it stood. What it leaves elsewhere: see `Remains`.
    "secure_delete=ON",
)


@dataclass(frozen=True)
class Database:
    """Two pools on one database, and what a serialised write takes before its first statement.

    `reader` refuses to write, and so does `asking`, which has its connections and begins no transaction. `gate` is held
    around every transaction that writes, `serialise` is called first inside one that must exclude all others, of this
    process or another. `state` tells whether anything was written meanwhile. `remains` is what an erased row leaves
    behind, where something can be done about that.
    """

    reader: Engine
    writer: Engine
    asking: Engine
    gate: Turnstile | nullcontext[None]
    serialise: Callable[[Connection], None]
    state: State
    remains: Remains | None = None

    def close(self) -> None:
        """Close every connection."""
        if isinstance(self.state, SqliteState):
            self.state.close()
        self.reader.dispose()
        self.writer.dispose()
        if isinstance(self.gate, Turnstile):
            self.gate.close()


def open_database(address: str) -> Database:
    """The database at a URL; raises Invalid for a URL of no known kind, NotFound or Unavailable for one not there."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise Invalid("The store's URL cannot be read.", code="store.url", hint=_HINT) from error
    opened = DATABASES.get(url.get_backend_name())
    if opened is None:
        raise Invalid(f"A store cannot be kept in {url.get_backend_name()!r}.", code="store.url", hint=_HINT)
    return opened(url)


def _open_sqlite(url: URL) -> Database:
    if url.database in (None, "", ":memory:"):
        raise Invalid("A store in memory would not be durable.", code="store.url", hint=_HINT)
    path = Path(str(url.database)).absolute()
    if not path.parent.is_dir():
        raise NotFound(f"The folder {path.parent} for the store does not exist.", code="store.folder")
    url = URL.create("sqlite", database=str(path))
    if path.is_file() and 0 < path.stat().st_size < _HEADER_BYTES:
        # SQLite would take so short a file for a new database and write over it.
        raise Unverified(f"The store at {path} is truncated.", code="store.corrupt", hint="Restore it from a backup.")
    # Rows come in a random order of their names, so that a small cache would read every page of an index anew. The log
    # stays short: whoever commits when it is full waits until it is written back.
    pragmas = ("journal_mode=WAL", f"cache_size=-{_WRITER_CACHE_KIB}", *_PRAGMAS)
    writer = _beginning(_sqlite_engine(url, pragmas=pragmas), "BEGIN IMMEDIATE")
    asking = _sqlite_engine(url, pragmas=(*_PRAGMAS, "query_only=ON"))
    mode = _journal_mode(writer)
    if mode != "wal":
        raise Unavailable(
            f"SQLite cannot keep a write-ahead log at {path} (journal mode {mode!r}).",
            code="store.no-wal",
            hint="Put the workspace on a local disk.",
        )
    try:
        durable.sync(path.parent)
        gate = Turnstile(path, patience=LOCK_SECONDS)
    except OSError as error:
        raise Unavailable(f"The store at {path} cannot be opened: {error.strerror}.", code="store.folder") from error
    remains = Remains(path, writer, gate)
    reader = _beginning(asking, "BEGIN")
    state = SqliteState(path)
    return Database(reader, writer, asking, gate, serialise=lambda connection: None, state=state, remains=remains)


def _sqlite_engine(url: URL, *, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=-1, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin too late and end before DDL, so they are turned off.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={LOCK_SECONDS * 1000:.0f}", *pragmas):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _journal_mode(engine: Engine) -> str:
    connection = engine.raw_connection()  # outside a transaction, so that opening waits for no other writer
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode")
        return str((cursor.fetchone() or ("none",))[0])
    finally:
        connection.close()


def _open_postgres(url: URL) -> Database:
    asking, writer = postgres.engines(url, lock_seconds=LOCK_SECONDS)
    reader = _beginning(asking, "BEGIN")
    state = postgres_state(asking)
    return Database(reader, writer, asking, nullcontext(), serialise=postgres.take_advisory_lock, state=state)


def _beginning(engine: Engine, begin: str) -> Engine:
    """The engine, on the same connections, whose transactions begin so; the driver's own begin where nobody looks."""
    found = engine.execution_options()

    @event.listens_for(found, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return found


DATABASES: dict[str, Callable[[URL], Database]] = {"sqlite": _open_sqlite, "postgresql": _open_postgres}
_HINT = "Use sqlite:////absolute/path/store.db or postgresql://user@host/database."
