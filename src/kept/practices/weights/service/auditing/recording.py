"""Recording what a span of the access stream comes to, once for each row."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft, Receipt, tree
from kept.errors import Conflict
from kept.practices.weights.service.auditing.summing import Span, summed
from kept.practices.weights.service.moments import milliseconds, moment
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, SUMMARIES
from kept.predicates.access_summary import AccessSummary

_SALT_BYTES = 32


def summarise(context: Context, *, by: Actor) -> Receipt:
    """Record how much was read since the last summary. Raises Conflict where nothing was read or refused since."""
    now, salt = milliseconds(context.clock()), context.entropy(_SALT_BYTES)
    with context.store.read() as connection:
        span, since = following(connection)
        if span.start == span.stop:
            raise Conflict("Nothing was asked of the broker since the last summary.", code="summary.empty")
        fields = summed(connection, span, salt)
        since = since or connection.execute(select(func.min(READS.c.made))).scalar_one()
    made = AccessSummary.of(
        since=format_time(moment(min(since, now))),
        until=format_time(moment(now)),
        issued=format_time(context.clock()),
        by=by.id,
        **fields,
    )
    values = {"salt": salt, "since": since, "until": now}
    values |= {name: getattr(span, name) for name in ("start", "stop", "reservations_start", "reservations_stop")}

    def rows(connection: Connection) -> None:
        if following(connection)[0].start != span.start:
            raise Conflict("Another summary was recorded meanwhile.", code="summary.twice")
        connection.execute(SUMMARIES.insert().values(position=tree.size_of(connection), **values))

    (receipt,) = context.ledger.record(Draft(made.to_statement()), by=by, rows=rows)
    return receipt


def following(connection: Connection) -> tuple[Span, int]:
    """The rows that no summary speaks of, and the moment at which the last summary ended; 0 before the first."""
    before = connection.execute(select(SUMMARIES).order_by(SUMMARIES.c.stop.desc()).limit(1)).one_or_none()
    newest = connection.execute(select(func.coalesce(func.max(READS.c.number), 0))).scalar_one()
    reserved = connection.execute(select(func.coalesce(func.max(RESERVATIONS.c.number), 0))).scalar_one()
    if before is None:
        return Span(1, int(newest) + 1, 1, int(reserved) + 1), 0
    start, reservations = int(before.stop), int(before.reservations_stop)
    return Span(start, max(int(newest) + 1, start), reservations, max(int(reserved) + 1, reservations)), before.until
