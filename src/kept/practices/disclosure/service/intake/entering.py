"""What one transaction does that takes a report in: it asks once more, then enters it with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from kept.core.context import Context
from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Invalid
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.service.intake.limits import Limits
from kept.practices.disclosure.service.intake.receipts import Receipts
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.programmes import check_in_force
from kept.practices.disclosure.service.tables.intake import REPORTS, SEALED, SEALED_TO, SPENT
from kept.practices.disclosure.service.triage.casebook import Casebook


@dataclass(frozen=True, slots=True)
class Coming:
    """A report that is about to be recorded.

    `row` is its own, but for the entry of its statement; `keys` are the names of those that open it. `spent` is the
    work that was done for it and until when that counts, `receipt` the row of what opens its thread.
    """

    row: Mapping[str, Any]
    sealed: bytes
    keys: Sequence[str]
    programme: Programme
    at: datetime
    by: str
    spent: tuple[str, int] | None = None
    receipt: dict[str, Any] | None = None


def enter(connection: Connection, coming: Coming, *, context: Context, limits: Limits) -> None:
    """Enter a report, in three steps.

    1. Nobody has its id, there is room, its work was not used before, and its programme is in force: all this may have
       changed since it was asked.
    2. The report is entered, with what was sealed, the keys to it and its receipt.
    3. Its case begins.

    Raises Conflict, FullError, or Invalid for work that was used before.
    """
    row = coming.row
    # 1.
    if connection.execute(select(REPORTS.c.id).where(REPORTS.c.submission == row["submission"])).first():
        raise taken_in()
    limits.check(connection, row["route"], row["bytes"])
    if coming.spent is not None:
        _spend(connection, *coming.spent, now=milliseconds(context.clock()))
    check_in_force(connection, coming.programme)
    # 2.
    connection.execute(REPORTS.insert().values(**row, recorded=size_of(connection)))
    connection.execute(SEALED.insert().values(report=row["id"], content=coming.sealed))
    connection.execute(SEALED_TO.insert(), [{"report": row["id"], "key": name} for name in coming.keys])
    if coming.receipt is not None:
        receipts = Receipts(context)
        receipts.replace(connection, row["id"], coming.receipt)
        receipts.note(connection, row["id"], "made")
    # 3.
    came = {"programme": row["programme"], "version": row["version"]}
    Casebook(context).begin(connection, row["id"], at=coming.at, by=coming.by, **came)


def taken_in() -> Conflict:
    """An id that another report has."""
    return Conflict("Another report has this id.", code="report.id", hint="Draw a new one.")


def _spend(connection: Connection, challenge: str, until: int, *, now: int) -> None:
    connection.execute(SPENT.delete().where(SPENT.c.until < now))
    if connection.execute(select(SPENT).where(SPENT.c.challenge == challenge)).first():
        raise Invalid("The proof of work was used before.", code="proof.used", hint="Do it again.")
    connection.execute(SPENT.insert().values(challenge=challenge, until=until))
