"""The access stream as a detector reads it: reads, exports, refusals, requests and approvals, by pseudonym."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from sqlalchemy import select

from kept.core.store import Store
from kept.practices.weights.records.insiders import AccessEvent
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.access import READS

BATCH = 5000


def stream(store: Store, people: People, after: int, zone: tzinfo) -> Iterator[AccessEvent]:
    """Every row after that number, in the order in which they were written, in the house's time zone."""
    while rows := _reads(store, after, zone):
        known = people.pseudonyms(name for each in rows for name in (each.actor, each.other))
        for event in rows:
            yield replace(event, actor=known[event.actor], other=known[event.other])
        after = rows[-1].number


def _reads(store: Store, after: int, zone: tzinfo) -> list[AccessEvent]:
    query = select(READS).where(READS.c.number > after).order_by(READS.c.number).limit(BATCH)
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [
        AccessEvent(
            moment=datetime.fromtimestamp(row.made / 1000, UTC).astimezone(zone),
            actor=row.person,
            outcome=row.outcome,
            file=row.file,
            tensors=row.tensors,
            bytes=row.bytes,
            team=row.team,
            role=row.role,
            host=row.host,
            purpose=row.purpose,
            lease=row.lease,
            other=row.other,
            code=row.code,
            decoy=row.decoy,
            number=row.number,
        )
        for row in rows
    ]
