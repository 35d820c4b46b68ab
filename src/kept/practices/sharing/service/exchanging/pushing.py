"""What is to be sent to a peer: durable before it is sent, and gone once its server has said what became of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, delete, func, select

from kept.core.context import Context
from kept.errors import Denied, Invalid, NotFound, Unavailable, Unverified
from kept.practices.sharing.methods import signed, stix
from kept.practices.sharing.methods.stix import Parsed, sortable
from kept.practices.sharing.ports import Remote, RemoteCollection
from kept.practices.sharing.records import Pushed, Refused
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.shelves.numbers import take
from kept.practices.sharing.service.tables.exchanging import OUTBOX

TOGETHER, AT_ONCE = 100, 1_000_000
_AROUND = 200
"""How many bytes of an envelope stand around its objects at most."""


class Outbox:
    """What waits for one peer."""

    def __init__(self, context: Context, peer: str) -> None:
        self._context = context
        self._peer = peer

    def add(self, remote: str, objects: Sequence[Parsed]) -> None:
        """Keep objects for a collection of the peer, durably; those that wait in the same version aren't kept twice."""
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> None:
            waiting = select(OUTBOX.c.object, OUTBOX.c.version).where(
                OUTBOX.c.peer == self._peer, OUTBOX.c.remote == remote
            )
            known = {(row.object, row.version) for row in connection.execute(waiting)}
            new = [each for each in objects if (each.id, each.version) not in known]
            for number, each in zip(take(connection, len(new), now=now), new, strict=True):
                row = {"number": number, "peer": self._peer, "remote": remote, "object": each.id}
                row |= {"version": each.version, "body": each.body}
                connection.execute(OUTBOX.insert().values(**row))

        self._context.store.write(work)

    def waiting(self) -> int:
        """How many objects wait."""
        query = select(func.count()).where(OUTBOX.c.peer == self._peer)
        with self._context.store.read() as connection:
            return int(connection.execute(query).scalar_one())

    async def deliver(self, remote: Remote) -> Pushed:
        """Send what waits, in its order. What can't be sent now goes on waiting; what is refused doesn't.

        Where the server stops answering, that is said in the result: what it had taken of the last request is sent
        again later, and counts once. Raises what asking for its collections raises.
        """
        places = {each.id: each for each in await remote.collections()}
        sent, refused, why = 0, list[Refused](), ""
        waiting: dict[str, list[Any]] = defaultdict(list)
        with self._context.store.read() as connection:
            for row in connection.execute(select(OUTBOX).where(OUTBOX.c.peer == self._peer).order_by(OUTBOX.c.number)):
                waiting[row.remote].append(row)
        try:
            for name, rows in waiting.items():
                place = places.get(name)
                for batch in _batches(rows, place.longest if place else AT_ONCE):
                    failed = await self._bring(remote, place, name, batch)
                    refused += failed
                    sent += len(batch) - len(failed)
                    self._done([row.number for row in batch])
        except Unavailable as error:
            why = error.message
        return Pushed(self._peer, sent, tuple(refused), self.waiting(), why)

    async def _bring(
        self, remote: Remote, place: RemoteCollection | None, name: str, batch: Sequence[Any]
    ) -> list[Refused]:
        if place is None or not place.can_write:
            why = "can't be written to" if place else "isn't there"
            return [Refused(row.object, f"The collection {name} {why}.") for row in batch]
        try:
            status = await remote.bring(place.url, [bytes(row.body) for row in batch])
        except Invalid as error:
            if len(batch) == 1:
                return [Refused(row.object, error.message) for row in batch]
            # Some servers refuse a whole envelope for one object in it, which isn't the others' fault.
            half = len(batch) // 2
            first = await self._bring(remote, place, name, batch[:half])
            return first + await self._bring(remote, place, name, batch[half:])
        except (Denied, NotFound) as error:
            return [Refused(row.object, error.message) for row in batch]
        failed = _failures(status, {(row.object, row.version) for row in batch})
        whys = [failed.get((row.object, row.version)) or failed.get((row.object, "")) for row in batch]
        refused = [(row, why) for row, why in zip(batch, whys, strict=True) if why]
        there = await _there(remote, place, [row for row, _ in refused]) if refused else frozenset()
        return [Refused(row.object, why) for row, why in refused if row.number not in there]

    def _done(self, numbers: Sequence[int]) -> None:
        gone = delete(OUTBOX).where(OUTBOX.c.number.in_(numbers))
        self._context.store.write(lambda connection: connection.execute(gone))


async def _there(remote: Remote, place: RemoteCollection, rows: Sequence[Any]) -> frozenset[int]:
    """Which of what was refused stands there already, by its number: some servers call that a failure.

    Where that can't be read, the refusal stands.
    """
    if not place.can_read:
        return frozenset()
    try:
        found = await remote.standing(place.url, sorted({row.object for row in rows}))
    except (Denied, Invalid, NotFound):
        return frozenset()
    held: dict[tuple[str, str], Parsed] = {}
    for document in found:
        with suppress(Invalid):
            each = stix.parse(document)
            held[each.id, each.version] = each
    return frozenset(row.number for row in rows if _is_same(bytes(row.body), held.get((row.object, row.version))))


def _is_same(sent: bytes, there: Parsed | None) -> bool:
    """Whether what stands there is what was sent, or says the same for the same readers by one of the same keys."""
    if there is None or there.body == sent:
        return there is not None
    try:
        ours = signed.claim_of(json.loads(sent), version=there.version)
        theirs = signed.claim_of(there.document, version=there.version)
    except Unverified:
        return False
    if ours is None or theirs is None:
        return False
    keys, others = ({each.key_id for each in claim.envelope.signatures} for claim in (ours, theirs))
    same = all(getattr(ours, name) == getattr(theirs, name) for name in ("digest", "collection", "recipients"))
    return same and not keys.isdisjoint(others)


def _failures(status: Mapping[str, object], sent: Set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Why a server didn't take an object, by its id and version, or "" where it names no version that was sent."""
    failures, found = status.get("failures"), dict[tuple[str, str], str]()
    for each in failures if isinstance(failures, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            one = each["id"], _version(each.get("version"))
            found[one if one in sent else (each["id"], "")] = str(each.get("message") or "refused")[:500]
    return found


def _version(told: object) -> str:
    try:
        return sortable(told)
    except Invalid:
        return ""


def _batches(rows: Sequence[Any], longest: int) -> Iterator[Sequence[Any]]:
    """As many as are sent at once: 100, and a megabyte or what the server takes, or one that is larger."""
    batch: list[Any] = []
    size, most = 0, min(AT_ONCE, longest) - _AROUND
    for row in rows:
        if batch and (len(batch) == TOGETHER or size + len(row.body) > most):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.body)
    if batch:
        yield batch
