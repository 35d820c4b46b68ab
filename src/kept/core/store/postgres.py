"""Connections to PostgreSQL: what each session is told once, and which one of a pool may still be used unasked."""

import select
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError

from kept.errors import Unavailable

CONNECT_SECONDS = 10
IDLE_SECONDS = 30.0
"""A connection that lay unused for longer is asked whether it is there, since a network may have forgotten it."""
# Connections of one process that stay open, and how many more it may have at once.
READERS, WRITERS, MORE = 16, 8, 16
# Any fixed 63-bit number serves, if nothing else on the server takes the same advisory lock.
_ADVISORY_LOCK = 0x6B657074_73746F72


def engines(url: URL, *, lock_seconds: float) -> tuple[Engine, Engine]:
    """What asks, without a transaction of its own accord and never able to write, and what writes.

    How its transactions run is told each session once, when it begins, so that no transaction spends a journey on it.
    Raises Unavailable where the driver is missing or the server may lose what it commits.
    """
    if find_spec("psycopg") is None:
        raise Unavailable(
            "A store on PostgreSQL needs psycopg, which is not installed.",
            code="store.no-driver",
            hint="Install it with: pip install 'kept[postgres]'",
        )
    url = url.set(drivername="postgresql+psycopg")
    asking = _engine(url, _told("repeatable read", "on", lock_seconds), READERS, isolation_level="AUTOCOMMIT")
    # A serialised write must see what the writer before it committed, so its snapshot may not be older than its lock.
    writer = _engine(url, _told("read committed", "off", lock_seconds), WRITERS)
    with asking.connect() as connection:
        if connection.execute(text("SHOW fsync")).scalar() != "on":
            raise Unavailable(
                "This PostgreSQL server runs with fsync off, so what it commits may be lost.",
                code="store.not-durable",
                hint="Set fsync = on in postgresql.conf.",
            )
    return asking, writer


def take_advisory_lock(connection: Connection) -> None:
    """Wait until no other transaction writes."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _told(isolation: str, read_only: str, lock_seconds: float) -> str:
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": f"{lock_seconds * 1000:.0f}ms",
        "default_transaction_isolation": isolation.replace(" ", "\\ "),
        "default_transaction_read_only": read_only,
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _engine(url: URL, options: str, size: int, **more: Any) -> Engine:
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=MORE,
        # The one that was used last is used next: the others may rest, and go unasked for longer.
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": CONNECT_SECONDS},
        **more,
    )
    _look_after(engine, time.monotonic)
    return engine


def _look_after(engine: Engine, clock: Callable[[], float]) -> None:
    """Ask a connection whether it is there only where it may not be: to ask each time costs as much as a query."""

    @event.listens_for(engine, "checkin")
    def returned(_connection: Any, record: Any) -> None:
        record.info["used"] = clock()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _fairy: Any) -> None:
        used = record.info.get("used")
        if used is None or (clock() - used < IDLE_SECONDS and _is_quiet(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _is_quiet(connection: Any) -> bool:
    """Whether the server has said nothing since the last answer: it says why it ends a session, or just hangs up."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
