"""What a database's refusal means to a person: each becomes one of the six kinds, its cause kept as `__cause__`."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError, TimeoutError

from kept.errors import Conflict, Denied, Invalid, KeptError, Unavailable, Unverified

_FULL = ("store.full", "The disk is full; nothing of this write was kept.", "Free some space, then try again.")
_BUSY = ("store.busy", "The store is locked by another writer.", "Try again when the other process has finished.")
_CROWDED = ("store.busy", "All connections to the store are in use.", "Try again in a moment.")
_BROKEN = (
    "store.corrupt",
    "The store's file is damaged: it is truncated, altered, or not a database.",
    "Restore it from a backup; the published ledger shows what it must contain.",
)
_SHAPE = (
    "store.shape",
    "The store's tables are not those that were recorded for this version.",
    "Restore the store from a backup.",
)
_READ_ONLY = ("store.read-only", "The store may only be read here.", "Check who owns the file and its folder.")
_INPUT_OUTPUT = (
    "store.io",
    "The disk refused to read or write the store; nothing of this write was kept.",
    "Check the disk, its free space and the limits on file size.",
)
_ABSENT = ("store.unreachable", "The store cannot be reached", "Check that its file or server is there.")
_CONSTRAINT = ("store.constraint", "The row clashes with what is already recorded", "")
_VALUE = ("store.value", "The store cannot hold this value", "")

_Meaning = tuple[type[KeptError], tuple[str, str, str]]

# Primary result codes of https://www.sqlite.org/rescode.html; an extended code keeps the primary one in its low byte.
_SQLITE: dict[int, _Meaning] = {
    sqlite3.SQLITE_ERROR: (Unverified, _SHAPE),
    sqlite3.SQLITE_PERM: (Denied, _READ_ONLY),
    sqlite3.SQLITE_BUSY: (Unavailable, _BUSY),
    sqlite3.SQLITE_LOCKED: (Unavailable, _BUSY),
    sqlite3.SQLITE_READONLY: (Denied, _READ_ONLY),
    sqlite3.SQLITE_IOERR: (Unavailable, _INPUT_OUTPUT),
    sqlite3.SQLITE_CORRUPT: (Unverified, _BROKEN),
    sqlite3.SQLITE_NOTADB: (Unverified, _BROKEN),
    sqlite3.SQLITE_FULL: (Unavailable, _FULL),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, _ABSENT),
    sqlite3.SQLITE_CONSTRAINT: (Conflict, _CONSTRAINT),
    sqlite3.SQLITE_TOOBIG: (Invalid, _VALUE),
    sqlite3.SQLITE_MISMATCH: (Invalid, _VALUE),
}

# SQLSTATE codes and classes of PostgreSQL's appendix A; the longest prefix that is listed decides.
_POSTGRES: dict[str, _Meaning] = {
    "08": (Unavailable, _ABSENT),
    "22": (Invalid, _VALUE),
    "23": (Conflict, _CONSTRAINT),
    "25006": (Denied, _READ_ONLY),
    "40": (Unavailable, _BUSY),
    "42": (Unverified, _SHAPE),
    "42501": (Denied, _READ_ONLY),
    "53": (Unavailable, _ABSENT),
    "53100": (Unavailable, _FULL),
    "55": (Unavailable, _BUSY),
    "57": (Unavailable, _ABSENT),
    "58": (Unavailable, _INPUT_OUTPUT),
    "XX001": (Unverified, _BROKEN),
    "XX002": (Unverified, _BROKEN),
}


def translate(error: BaseException) -> KeptError:
    """The error of kept that says what `error`, raised by SQLAlchemy or a driver, means and what to do about it."""
    kind, (code, message, hint) = _kind(error)
    if not message.endswith("."):
        message = f"{message}: {_first_line(error)}."
    return kind(message, code=code, hint=hint)


def _kind(error: BaseException) -> _Meaning:
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    result = getattr(cause, "sqlite_errorcode", None)
    if result is not None and result & 0xFF in _SQLITE:
        return _SQLITE[result & 0xFF]
    state = getattr(cause, "sqlstate", None) or ""
    for length in (5, 2):
        if state[:length] in _POSTGRES:
            return _POSTGRES[state[:length]]
    if isinstance(error, TimeoutError):
        return Unavailable, _CROWDED
    if isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return Conflict, _CONSTRAINT
    undecodable = isinstance(cause, sqlite3.OperationalError) and "decode" in str(cause)
    if undecodable or isinstance(cause, UnicodeDecodeError):
        return Unverified, _BROKEN
    if isinstance(cause, sqlite3.OperationalError) or (isinstance(error, DBAPIError) and _lost(error)):
        return Unavailable, _ABSENT
    return Invalid, _VALUE


def _lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or type(error.orig).__name__ == "OperationalError"


def _first_line(error: BaseException) -> str:
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")
