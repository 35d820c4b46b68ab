"""The verbs of threads: what a receipt opens, and what the team says in it.

Every message is an age file. The reporter's own are sealed in their browser to the triage keys and to themselves; the
team's are sealed here to both. What is written for one key alone, an old identity sealed for a new code, is of "keys".
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.methods.age_header import read_header
from kept.practices.disclosure.records import Author, Message, ReceiptEvent, Session, Settings, Thread
from kept.practices.disclosure.service.intake.receipts import SESSION_SECONDS, Receipts
from kept.practices.disclosure.service.keys import Keys
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.tables.intake import MESSAGES, RECEIPT_EVENTS, RECEIPTS, REPORTS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import Reading

EVENTS = 100
_SUBMISSION = re.compile(r"[0-9a-f]{32}")


class Threads(Keys, Reading):
    """Opens threads by their receipts, and carries sealed messages both ways."""

    _context: Context
    _settings: Settings

    def thread_enter(self, handle: str, secret: str) -> Session:
        """What opens a thread for an hour, for whoever shows its receipt. Raises Denied; slow on purpose."""
        receipts = Receipts(self._context)
        row = receipts.checked(handle, secret)

        def work(connection: Connection) -> str:
            receipts.note(connection, row.report, "opened")
            return receipts.session(connection, row.report)

        return Session(self._context.store.write(work), SESSION_SECONDS)

    def thread_read(self, token: str) -> Thread:
        """The thread that a session opens, with what was done with its receipt. Raises Denied."""
        report = Receipts(self._context).report_of(token)
        with self._context.store.read() as connection:
            row = connection.execute(select(REPORTS).where(REPORTS.c.id == report)).one()
            messages = connection.execute(_messages(report)).all()
            newest = select(RECEIPT_EVENTS).where(RECEIPT_EVENTS.c.report == report)
            events = connection.execute(newest.order_by(RECEIPT_EVENTS.c.number.desc()).limit(EVENTS)).all()
        return Thread(
            report=report,
            programme=row.programme,
            version=row.version,
            received=told(row.received),
            released=bool(row.released),
            messages=tuple(_message(each) for each in messages),
            events=tuple(ReceiptEvent(told(each.at), each.event) for each in reversed(events)),
        )

    def thread_write(self, token: str, sealed: bytes, *, submission: str) -> Message:
        """Add a message of the reporter's, sealed on their machine; sent twice under one id, it is one.

        Raises Denied, Invalid for what is no age file or too long, or Conflict where the thread is full.
        """
        report = Receipts(self._context).report_of(token)
        self._check_message(sealed)
        return self._added(report, sealed, author="reporter", submission=submission, by="reporter", token=token)

    def thread_replace(
        self, token: str, *, handle: str, secret: str, recipient: str, sealed_keys: bytes = b""
    ) -> Session:
        """Put a new code's receipt in the place of the old one, which opens nothing from then on, with every session.

        `sealed_keys` are the old identities, sealed to the new recipient, so that the new code reads older replies too.
        Raises Denied, Invalid, or Conflict for a code that was used.
        """
        receipts = Receipts(self._context)
        report = receipts.report_of(token)
        load(self._context.backends["age"]["check"])(recipient)
        made = receipts.made(handle, secret, recipient)
        if sealed_keys:
            self._check_message(sealed_keys)
        now = milliseconds(self._context.clock())

        def work(connection: Connection) -> str:
            receipts.opened(connection, token)
            receipts.replace(connection, report, made)
            receipts.ended(connection, report)
            receipts.note(connection, report, "replaced")
            if sealed_keys:
                row = {"report": report, "author": "keys", "at": now, "by": "reporter", "content": sealed_keys}
                connection.execute(MESSAGES.insert().values(**row, submission=self._context.entropy(16).hex()))
            return receipts.session(connection, report)

        return Session(self._context.store.write(work), SESSION_SECONDS)

    def thread_close(self, token: str) -> None:
        """Close a thread for good: its code opens nothing any more. The report goes on. Raises Denied."""
        receipts = Receipts(self._context)
        self._context.store.write(
            lambda connection: _closed(connection, receipts, receipts.opened(connection, token), "closed")
        )

    def receipt_close(self, report: str, *, by: Actor) -> None:
        """Close the receipt of a report whose reporter says that it was stolen. Raises NotFound, or Denied."""
        check_role(by, "triage", to="close receipts")
        receipts = Receipts(self._context)
        self._context.store.write(lambda connection: _closed(connection, receipts, report, "closed by the team"))

    def receipt_events(self, report: str, *, by: Actor) -> tuple[ReceiptEvent, ...]:
        """What was done with the receipt of a report, the oldest first. Raises Denied without the role."""
        check_role(by, "triage", to="see what was done with receipts")
        query = select(RECEIPT_EVENTS).where(RECEIPT_EVENTS.c.report == report).order_by(RECEIPT_EVENTS.c.number)
        with self._context.store.read() as connection:
            return tuple(ReceiptEvent(told(each.at), each.event) for each in connection.execute(query))

    def reply(self, report: str, text: str, *, by: Actor) -> Message:
        """Write to a reporter: sealed to their receipt and to the triage keys, and kept in no other form.

        Raises NotFound where the report has no receipt that is open, Invalid for a text that is empty or too long, or
        Denied without the role.
        """
        check_role(by, "triage", to="write to reporters")
        if not text.strip() or len(text.encode()) > self._settings.message_bytes // 2:
            raise Invalid("A reply says something, and not too much.", code="reply.text")
        with self._context.store.read() as connection:
            recipient = connection.execute(select(RECEIPTS.c.recipient).where(RECEIPTS.c.report == report)).scalar()
        if recipient is None:
            raise NotFound(
                f"The report {report[:40]!r} has no open receipt.",
                code="receipt.missing",
                hint="Its reporter asked for none, or closed it.",
            )
        keys = [each.recipient for each in self._recipients(readers="triagers")]
        sealed: bytes = self._age("encrypt")(text.encode(), [recipient, *keys])
        submission = self._context.entropy(16).hex()
        return self._added(report, sealed, author="team", submission=submission, by=by.id)

    def messages(self, report: str, *, by: Actor) -> tuple[Message, ...]:
        """The sealed messages of a report's thread. Raises NotFound, or Denied without the role."""
        check_role(by, "triage", to="read threads")
        with self._context.store.read() as connection:
            if connection.execute(select(REPORTS.c.id).where(REPORTS.c.id == report)).scalar() is None:
                raise NotFound(f"There is no report {report[:40]!r}.", code="report.missing")
            rows = connection.execute(_messages(report)).all()
        return tuple(_message(each) for each in rows if each.author != "keys")

    def _check_message(self, sealed: bytes) -> None:
        if len(sealed) > self._settings.message_bytes:
            raise Invalid(
                f"A message has at most {self._settings.message_bytes} bytes.",
                code="message.large",
                hint="Send a new report with the file, and name this one in it.",
            )
        read_header(sealed)

    def _added(
        self, report: str, sealed: bytes, *, author: Author, submission: str, by: str, token: str = ""
    ) -> Message:
        if not _SUBMISSION.fullmatch(submission):
            raise Invalid("A message has an id of 32 hex digits.", code="message.id")
        row = {"report": report, "author": author, "by": by, "content": sealed, "submission": submission}
        own = select(func.count()).select_from(MESSAGES).where(MESSAGES.c.report == report)

        def work(connection: Connection) -> Message:
            held = connection.execute(select(MESSAGES).where(MESSAGES.c.submission == submission)).one_or_none()
            if held is not None:
                if held.report != report or held.content != sealed:
                    raise Conflict("Another message has this id.", code="message.id", hint="Draw a new one.")
                return _message(held)
            if author == "reporter":
                Receipts(self._context).opened(connection, token)
                if (connection.execute(own).scalar() or 0) >= self._settings.thread_messages:
                    raise Conflict(
                        f"A thread has at most {self._settings.thread_messages} messages.", code="thread.full"
                    )
                Receipts(self._context).note(connection, report, "written")
            at = milliseconds(self._context.clock())
            connection.execute(MESSAGES.insert().values(**row, at=at))
            kind = "message" if author == "reporter" else "replied"
            Casebook(self._context).append(connection, report, kind, by=by, audience="reporter")
            return _message(connection.execute(select(MESSAGES).where(MESSAGES.c.submission == submission)).one())

        return self._context.store.write(work)


def _closed(connection: Connection, receipts: Receipts, report: str, event: str) -> None:
    if connection.execute(RECEIPTS.delete().where(RECEIPTS.c.report == report)).rowcount != 1:
        raise NotFound(f"The report {report[:40]!r} has no open receipt.", code="receipt.missing")
    receipts.ended(connection, report)
    receipts.note(connection, report, event)


def _messages(report: str) -> Any:
    return select(MESSAGES).where(MESSAGES.c.report == report).order_by(MESSAGES.c.number)


def _message(row: Row[Any]) -> Message:
    return Message(row.number, row.author, told(row.at), row.content)
