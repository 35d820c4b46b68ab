"""The verbs that tell who read what, and hold the meter to what the ledger was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Receipt, Recorded
from kept.errors import Invalid
from kept.practices.weights.records.access import Accessed, Audit
from kept.practices.weights.service.auditing.recording import following, summarise
from kept.practices.weights.service.auditing.summing import Span, summed
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.moments import milliseconds, moment
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, RETURNS, SUMMARIES
from kept.predicates import access_summary

_MOST = 100


class Auditing:
    """Records summaries of the access stream, and audits it against them."""

    _context: Context

    def summarise(self, *, by: Actor) -> Receipt:
        """Record how much was read since the last summary. Raises Conflict where nothing was read or refused since."""
        return summarise(self._context, by=by)

    def audit(self, *, since: str = "", until: str = "") -> Audit:
        """Who read what, when and how much, from one day to another, and what doesn't agree; all of the log is checked.

        Raises Invalid for what is no day.
        """
        first, last = _day(since, 0), _day(until, 1)
        summaries = list(self._context.ledger.statements(access_summary.TYPE))
        with self._context.store.read() as connection:
            accesses = tuple(_accesses(connection, first, last))
            disagreements = [*self._against_ledger(connection, summaries), *_against_itself(connection)]
            span, _ = following(connection)
            unrecorded = connection.execute(
                select(func.count()).select_from(READS).where(READS.c.number >= span.start)
            ).scalar_one()
        return Audit(accesses, len(summaries), int(unrecorded), tuple(disagreements[:_MOST]))

    def _against_ledger(self, connection: Connection, summaries: list[Recorded]) -> Iterator[str]:
        """What each summary says, and what the rows say that it speaks of."""
        kept = {row.position: row for row in connection.execute(select(SUMMARIES))}
        standing = Standing(self._context)
        expected = None
        for recorded in summaries:
            if recorded.statement is None or recorded.envelope is None:
                yield f"The summary in entry {recorded.index} was erased."
                continue
            if not any("provider" in key.roles for key in standing.signatories(recorded.envelope, at=recorded.index)):
                yield f"The summary in entry {recorded.index} is signed by nobody whose key counts."
                continue
            said = recorded.predicate or {}
            row = kept.pop(recorded.index, None)
            if row is None:
                yield f"What entry {recorded.index} speaks of is gone from the store."
                continue
            if expected not in (None, said.get("start")):
                yield f"Entry {recorded.index} doesn't begin where the summary before it ended."
            expected = said.get("stop")
            span = Span(row.start, row.stop, row.reservations_start, row.reservations_stop)
            now = summed(connection, span, bytes(row.salt))
            wrong = sorted(name for name, value in now.items() if said.get(name) != value)
            if wrong:
                yield f"Rows {row.start} to {row.stop - 1} are not as entry {recorded.index} says: {', '.join(wrong)}."
        for position in sorted(kept):
            yield f"The ledger holds no summary in entry {position}, where the store says that there is one."


def _against_itself(connection: Connection) -> Iterator[str]:
    """More was read under a lease than was set aside for it, or more went back than there was."""
    kept = func.sum(RESERVATIONS.c.bytes - func.coalesce(RETURNS.c.bytes, 0)).label("kept")
    joined = RESERVATIONS.outerjoin(RETURNS, RESERVATIONS.c.number == RETURNS.c.reservation)
    by_lease = select(RESERVATIONS.c.lease, kept).select_from(joined).group_by(RESERVATIONS.c.lease)
    spent = {row.lease: int(row.kept) for row in connection.execute(by_lease)}
    read = select(READS.c.lease, func.sum(READS.c.bytes).label("bytes")).where(READS.c.outcome.in_(("read", "export")))
    for row in connection.execute(read.group_by(READS.c.lease).order_by(READS.c.lease)):
        if int(row.bytes) > spent.get(row.lease, 0):
            yield f"Under {row.lease}, {int(row.bytes):,} bytes were read, and {spent.get(row.lease, 0):,} set aside."
    wrong = select(RETURNS.c.reservation).outerjoin(RESERVATIONS, RESERVATIONS.c.number == RETURNS.c.reservation)
    missing = RESERVATIONS.c.number.is_(None) | (RETURNS.c.bytes > RESERVATIONS.c.bytes) | (RETURNS.c.bytes < 0)
    for number in connection.execute(wrong.where(missing).order_by(RETURNS.c.reservation)).scalars():
        yield f"More went back of reservation {number} than was set aside."


def _accesses(connection: Connection, first: int | None, last: int | None) -> Iterator[Accessed]:
    released, refused = READS.c.outcome.in_(("read", "export")), READS.c.outcome == "refused"
    names = (READS.c.person, READS.c.file, READS.c.lease, READS.c.purpose, READS.c.host)
    query = select(
        *names,
        func.count(READS.c.number).filter(released).label("reads"),
        func.count(READS.c.number).filter(refused).label("refused"),
        func.coalesce(func.sum(READS.c.bytes).filter(released), 0).label("bytes"),
        func.min(READS.c.made).label("first"),
        func.max(READS.c.made).label("last"),
    ).where(released | refused)
    if first is not None:
        query = query.where(READS.c.made >= first)
    if last is not None:
        query = query.where(READS.c.made < last)
    for row in connection.execute(query.group_by(*names).order_by(func.max(READS.c.made).desc(), *names)):
        found = Accessed(**{**row._mapping, "bytes": int(row.bytes), "first": "", "last": ""})
        yield replace(found, first=format_time(moment(row.first)), last=format_time(moment(row.last)))


def _day(text: str, later: int) -> int | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid(f"{text[:40]!r} is no day.", code="audit.day", hint="2026-11-28") from error
    return milliseconds(day) + later * 86_400_000
