"""What a span of the access stream comes to, computed the same way when it is recorded and when it is audited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from kept.practices.weights.methods.accounts import rows_root
from kept.practices.weights.service.tables.access import READS, RESERVATIONS

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Span:
    """Rows `start` to before `stop` of the stream, and the reservations likewise, by their numbers."""

    start: int
    stop: int
    reservations_start: int
    reservations_stop: int


def summed(connection: Connection, span: Span, salt: bytes) -> dict[str, Any]:
    """The fields of an access summary that are computed from rows."""
    within = (READS.c.number >= span.start) & (READS.c.number < span.stop)
    released = READS.c.outcome.in_(("read", "export"))
    counted = connection.execute(
        select(
            func.count(READS.c.number).filter(released).label("reads"),
            func.count(READS.c.number).filter(READS.c.outcome == "refused").label("refused"),
            func.coalesce(func.sum(READS.c.bytes).filter(released), 0).label("bytes"),
            func.count(READS.c.person.distinct()).label("people"),
            func.count(READS.c.lease.distinct()).filter(READS.c.lease != "").label("leases"),
            func.count(READS.c.file.distinct()).filter(READS.c.file != "").label("files"),
            func.count(READS.c.number).filter(READS.c.outcome == "export").label("exports"),
            func.count(READS.c.number).filter(READS.c.decoy).label("decoys"),
        ).where(within)
    ).one()
    numbers = RESERVATIONS.c.number
    reserved = connection.execute(
        select(func.coalesce(func.sum(RESERVATIONS.c.bytes), 0)).where(
            (numbers >= span.reservations_start) & (numbers < span.reservations_stop)
        )
    ).scalar_one()
    root = rows_root(_rows(connection, span), salt)
    found = {name: int(value) for name, value in counted._mapping.items()}
    return found | {
        "start": span.start,
        "stop": span.stop,
        "root": f"sha256:{root.hex()}",
        "reserved": int(reserved),
    }


def _rows(connection: Connection, span: Span) -> Iterator[dict[str, Any]]:
    at = span.start
    while True:
        page = (
            select(READS)
            .where((READS.c.number >= at) & (READS.c.number < span.stop))
            .order_by(READS.c.number)
            .limit(_PAGE)
        )
        rows = connection.execute(page).all()
        for row in rows:
            yield dict(row._mapping)
        if len(rows) < _PAGE:
            return
        at = rows[-1].number + 1
