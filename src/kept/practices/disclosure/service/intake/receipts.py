"""Receipts as the store keeps them: a handle to find them by, and a slow salted digest of what opens them."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.context import Context
from kept.errors import Conflict, Denied, Invalid
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.tables.intake import RECEIPT_EVENTS, RECEIPTS, SESSIONS

HANDLE, SECRET = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
SALT_BYTES, TOKEN_BYTES = 16, 32
SESSION_SECONDS = 3600
_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32, "maxmem": 64 * 1024 * 1024}
_NOBODY = bytes(SALT_BYTES)
EVENTS_A_DAY = 50
"""How many events of one kind are kept of a receipt in a day, so that nobody fills the store with refusals."""
DAY = 24 * 3600 * 1000


class Receipts:
    """Keeps receipts, opens threads by them, and writes down what was done with them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def made(self, handle: str, secret: str, recipient: str) -> dict[str, Any]:
        """The row of a receipt, but for its report; slow on purpose. Raises Invalid for what no code gives."""
        if not (HANDLE.fullmatch(handle) and SECRET.fullmatch(secret)):
            raise Invalid("The receipt is malformed.", code="receipt.malformed", hint="It follows from a receipt code.")
        salt = self._context.entropy(SALT_BYTES)
        return {"handle": handle, "salt": salt, "digest": slow(secret, salt), "recipient": recipient}

    def checked(self, handle: str, secret: str) -> Row[Any]:
        """The receipt that a handle and a secret open. Raises Denied.

        A handle that is nobody's takes as long as a secret that is wrong, and is answered the same.
        """
        with self._context.store.read() as connection:
            row = connection.execute(select(RECEIPTS).where(RECEIPTS.c.handle == handle)).one_or_none()
        given = slow(secret, _NOBODY if row is None else row.salt)
        if hmac.compare_digest(given, _NOBODY * 2 if row is None else row.digest) and row is not None:
            return row
        if row is not None:
            self._context.store.write(lambda connection: self.note(connection, row.report, "refused"))
        raise refused()

    def session(self, connection: Connection, report: str) -> str:
        """A token that opens the thread of a report for an hour; those whose time is over go."""
        token, now = self._context.entropy(TOKEN_BYTES).hex(), milliseconds(self._context.clock())
        connection.execute(SESSIONS.delete().where(SESSIONS.c.until < now))
        row = {"digest": digest(token), "report": report, "until": now + SESSION_SECONDS * 1000}
        connection.execute(SESSIONS.insert().values(**row))
        return token

    def report_of(self, token: str) -> str:
        """The report whose thread a token opens. Raises Denied."""
        with self._context.store.read() as connection:
            return self.opened(connection, token)

    def opened(self, connection: Connection, token: str) -> str:
        """The same in a transaction, so that whoever is shut out meanwhile changes nothing. Raises Denied."""
        now = milliseconds(self._context.clock())
        query = select(SESSIONS.c.report).where(SESSIONS.c.digest == digest(token), SESSIONS.c.until >= now)
        report = connection.execute(query).scalar()
        if report is None:
            raise refused()
        return str(report)

    def ended(self, connection: Connection, report: str) -> None:
        """End every session of a report."""
        connection.execute(SESSIONS.delete().where(SESSIONS.c.report == report))

    def note(self, connection: Connection, report: str, event: str) -> None:
        """Write down what was done with a receipt, at most fifty times a day for each kind."""
        now = milliseconds(self._context.clock())
        same = (RECEIPT_EVENTS.c.report == report) & (RECEIPT_EVENTS.c.event == event)
        lately = select(func.count()).select_from(RECEIPT_EVENTS).where(same, RECEIPT_EVENTS.c.at > now - DAY)
        if (connection.execute(lately).scalar() or 0) < EVENTS_A_DAY:
            connection.execute(RECEIPT_EVENTS.insert().values(report=report, at=now, event=event))

    def replace(self, connection: Connection, report: str, row: dict[str, Any]) -> None:
        """Put a new receipt in the place of a report's. Raises Conflict for a handle that is taken."""
        if connection.execute(select(RECEIPTS).where(RECEIPTS.c.handle == row["handle"])).first():
            raise taken()
        connection.execute(RECEIPTS.delete().where(RECEIPTS.c.report == report))
        connection.execute(RECEIPTS.insert().values(**row, report=report))


def slow(secret: str, salt: bytes) -> bytes:
    """scrypt of a secret (RFC 7914): some 50 ms and 16 MiB."""
    return hashlib.scrypt(secret.encode(), salt=salt, **_COST)


def digest(token: str) -> str:
    """SHA-256 of a token, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def refused() -> Denied:
    """One answer for whatever opens nothing."""
    return Denied(
        "This opens no thread.",
        code="receipt.refused",
        hint="Type the receipt code again. A code that was replaced or closed opens nothing any more.",
    )


def taken() -> Conflict:
    """The answer to a handle that another report has."""
    return Conflict("This receipt code was used before.", code="receipt.taken", hint="Make a new one.")
