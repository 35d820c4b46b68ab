"""The access stream as a detector reads it: what the broker wrote down, and what custodians approved, by pseudonym."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from heapq import merge

from sqlalchemy import select

from kept.core.store import Store
from kept.practices.weights.records.insiders import AccessEvent
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.access import READS
from kept.practices.weights.service.tables.leasing import REQUESTS, WORDS

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Up to which row each of the two tables was read."""

    read: int = 0
    approved: int = -1


@dataclass(frozen=True, slots=True)
class Streamed:
    """An event, and the place after it."""

    event: AccessEvent
    place: Place


def stream(store: Store, people: People, after: Place, zone: tzinfo) -> Iterator[Streamed]:
    """Everything after a place, in the order of moments within each batch, in the house's time zone."""
    place = after
    while True:
        reads, approvals = _reads(store, place.read, zone), _approvals(store, place.approved, zone)
        if not reads and not approvals:
            return
        if len(reads) == BATCH:
            # Approvals after the batch's last read wait for the next batch.
            approvals = [each for each in approvals if each.moment <= reads[-1].moment]
        known = people.pseudonyms(name for each in (*reads, *approvals) for name in (each.actor, each.other))
        for event in merge(reads, approvals, key=lambda each: each.moment):
            number = event.number
            is_read = event.outcome != "approval"
            place = Place(number if is_read else place.read, place.approved if is_read else number)
            yield Streamed(replace(event, actor=known[event.actor], other=known[event.other]), place)
        if len(reads) < BATCH and len(approvals) < BATCH:
            return


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


def _approvals(store: Store, after: int, zone: tzinfo) -> list[AccessEvent]:
    joined = WORDS.join(REQUESTS, WORDS.c.request == REQUESTS.c.id)
    query = (
        select(WORDS.c.holder, WORDS.c.said, WORDS.c.position, WORDS.c.request, REQUESTS.c.requester, REQUESTS.c.file)
        .select_from(joined)
        .where(WORDS.c.position > after, WORDS.c.verdict == "approved")
        .order_by(WORDS.c.position)
        .limit(BATCH)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [
        AccessEvent(
            moment=datetime.fromtimestamp(row.said, UTC).astimezone(zone),
            actor=row.holder,
            outcome="approval",
            file=row.file,
            lease=row.request,
            other=row.requester,
            number=row.position,
        )
        for row in rows
    ]
