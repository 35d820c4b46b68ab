"""The verbs that state in public that there is a channel, and how much was shared through it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, select

from kept.core import canonical
from kept.core.actor import Actor, check_role
from kept.core.assessment import Assessed, Progress, silent
from kept.core.commitments import fields
from kept.core.context import format_time
from kept.core.ledger import Draft, Receipt
from kept.core.model import Model
from kept.core.reference import load
from kept.errors import Conflict, Invalid, Unavailable
from kept.practices.sharing.methods import audiences, objects
from kept.practices.sharing.records import Reader
from kept.practices.sharing.service.grouping import Grouping
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS, Peering
from kept.practices.sharing.service.tables.collections import COLLECTIONS, RIGHTS
from kept.practices.sharing.service.tables.notices import NOTICES
from kept.practices.sharing.service.tables.objects import OBJECTS, SHOWN
from kept.practices.sharing.service.tables.peers import PEERS
from kept.practices.sharing.service.tables.replays import REPLAYS, SIGHTINGS
from kept.predicates.sharing_channel import SharingChannel
from kept.predicates.sharing_release import SharingRelease

ROOM = "sharing"
KINDS: Mapping[str | None, str] = {
    "circumvention-pattern": "circumvention",
    "ai-incident": "incident",
    "dangerous-capability-notice": "capability notice",
    "ai-mitigation": "mitigation",
}


class Stating(Grouping, Peering):
    """Records that there is a channel, and what was shared."""

    async def channel_check(self, *, by: Actor) -> Receipt:
        """Ask one's own channel from outside, as a stranger would, and record that it answers as TAXII 2.1 does.

        Raises Denied without the role, Invalid where kept.toml doesn't say where it is, Conflict where nothing is
        served or nobody may come, Unavailable where it can't be reached, and Unverified where it answers otherwise.
        """
        check_role(by, *SHARERS, to="check the channel")
        if not self._settings.public_url:
            raise Invalid(
                "The channel has no address.",
                code="channel.address",
                hint='Set public_url = "https://…" under [practices.sharing] in kept.toml.',
            )
        ask = load(self._context.backends["server"]["strangers"])
        answered: Mapping[str, Any] = await ask(f"{self._settings.public_url.rstrip('/')}/taxii2/")
        with self._context.store.read() as connection:
            served = connection.execute(select(COLLECTIONS.c.id).where(COLLECTIONS.c.peer == "")).all()
        partners = [each.state for each in self.peers_list() if each.state != "revoked"]
        if not served or not partners:
            raise Conflict("Nothing is served, or nobody may come for it.", code="channel.empty")
        made = SharingChannel.of(
            channel=f"sha256:{hashlib.sha256(canonical.encode(dict(answered))).hexdigest()}",
            active=True,
            standard="STIX 2.1",
            transport="TAXII 2.1",
            collections=len(served),
            partners=len(partners),
            silent=partners.count("silent"),
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        (receipt,) = self._context.ledger.record(Draft(made.to_statement()), by=by)
        return receipt

    def release_record(self, since: str, until: str, *, by: Actor) -> Receipt:
        """Record what was shared from one day to another, both included: counts by kind and TLP, and by nobody's name.

        Of today, what was shared until now. Raises Denied without the role, and Invalid for what is no day, or a span
        that ends before it begins or isn't over: of what is to come nothing can be said.
        """
        check_role(by, *SHARERS, to="record what was shared")
        began, ended = _moment(since, time.min), _moment(until, time.max)
        if ended < began:
            raise Invalid(f"{until} is before {since}.", code="release.span")
        now = self._context.clock()
        if ended.date() > now.astimezone(UTC).date():
            raise Invalid(f"{until} is still to come.", code="release.span", hint="End with today, or before.")
        span = (microseconds(began), microseconds(ended))
        self.notices_look()
        with self._context.store.read() as connection:
            shared, recipients, named = self._shared(connection, *span)
            came = select(OBJECTS.c.number).where(OBJECTS.c.number.between(*span), OBJECTS.c.source != "")
            received = len(connection.execute(came).all())
            withheld = self._withheld(connection, *span)
            unanswered = self._unanswered(connection, *span)
        salt = self._context.entropy(32)
        made = SharingRelease.of(
            batch=f"sha256:{hashlib.sha256(salt + canonical.encode(sorted(named))).hexdigest()}",
            since=format_time(began),
            until=format_time(min(ended, now)),
            items=sum(shared.values()),
            recipients=len(recipients),
            shared=[{"kind": kind, "tlp": tlp, "count": count} for (kind, tlp), count in sorted(shared.items())],
            received=received,
            withheld=[{"reason": reason, "count": count} for reason, count in sorted(withheld.items())],
            unanswered=[
                {"urgency": urgency, "count": len(late), "late": sum(late)} for urgency, late in unanswered.items()
            ],
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        (receipt,) = self._context.ledger.record(Draft(made.to_statement()), by=by)
        return receipt

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid for a plan that says more than that the channel is to be tried."""
        if section:
            raise Invalid(f"The room takes no {sorted(section)[0]!r} in a plan.", code="sharing.plan")

    async def assess(
        self,
        model: Model,
        section: Mapping[str, Any],
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> Assessed:
        """Try the channel, and record what was shared in the last 180 days; nothing where there is no channel."""
        self.check(section)
        progress(0, 1, "the channel")
        try:
            receipts = [await self.channel_check(by=by)]
        except (Conflict, Invalid, Unavailable) as error:
            progress(1, 1)
            return Assessed(ROOM, (), {"told": [f"no channel: {error}"]})
        now = self._context.clock()
        since = datetime.fromtimestamp(now.timestamp() - 180 * 86_400, UTC)
        receipts.append(self.release_record(f"{since:%Y-%m-%d}", f"{now:%Y-%m-%d}", by=by))
        progress(1, 1)
        told = [f"the channel is open, entry {receipts[0].index}; what was shared, entry {receipts[1].index}"]
        return Assessed(ROOM, tuple(each.index for each in receipts), {"told": told})

    def _shared(self, connection: Connection, since: int, until: int) -> tuple[Counter[Any], set[str], list[str]]:
        """How many objects of each kind and TLP went out, the organisations they reached, and what they were."""
        readers = list(_readers(connection))
        counts: Counter[Any] = Counter()
        reached: set[str] = set()
        named: list[str] = []
        ours = select(OBJECTS).where(OBJECTS.c.number.between(since, until), OBJECTS.c.source == "")
        for row in connection.execute(ours).all():
            seen = set(connection.execute(select(SHOWN.c.audience).where(SHOWN.c.number == row.number)).scalars())
            came = {
                reader.organisation
                for reader, collection, heard, mine in readers
                if collection == row.collection and heard >= row.number and seen & set(mine)
            }
            if came:
                counts[_kind(row.kind, bytes(row.body)), row.tlp] += 1
                reached |= came
                named.append(f"{row.object} {row.version}")
        sent = select(SIGHTINGS.c.object, REPLAYS.c.tlp, PEERS.c.organisation).where(
            SIGHTINGS.c.replay == REPLAYS.c.id,
            PEERS.c.name == REPLAYS.c.peer,
            SIGHTINGS.c.state == "sent",
            SIGHTINGS.c.when.between(since, until),
        )
        for row in connection.execute(sent).all():
            if not any(each.startswith(row.object) for each in named):
                counts["sighting", row.tlp] += 1
                reached.add(row.organisation)
                named.append(row.object)
        return counts, reached, named

    def _withheld(self, connection: Connection, since: int, until: int) -> Counter[str]:
        """How many replays of patterns that came in the span their partners weren't told of, by why."""
        joined = REPLAYS.join(SIGHTINGS, SIGHTINGS.c.replay == REPLAYS.c.id, isouter=True)
        query = select(REPLAYS.c.state, REPLAYS.c.result, SIGHTINGS.c.state.label("said")).select_from(joined)
        ended = query.where(REPLAYS.c.cursor.between(since, until), REPLAYS.c.state.in_(("replayed", "refused")))
        rows = [row for row in connection.execute(ended).all() if row.said != "sent"]
        return Counter(self._why_untold(row.state, row.result, row.said) for row in rows)

    def _unanswered(self, connection: Connection, since: int, until: int) -> dict[str, list[bool]]:
        """By urgency, whether each notice that came in the span, and that nobody answered, is past its time."""
        waiting = select(NOTICES).where(NOTICES.c.received.between(since, until), NOTICES.c.acknowledged == 0)
        now, found = self._context.clock(), dict[str, list[bool]]()
        for row in connection.execute(waiting.order_by(NOTICES.c.urgency, NOTICES.c.cursor)).all():
            found.setdefault(row.urgency, []).append(self._alert(connection, row).due < now)
        return found

    def _why_untold(self, state: str, result: str, said: str | None) -> str:
        if state == "refused":
            return "refused"
        if json.loads(result)["state"] == "abandoned":
            return "abandoned"
        if not self._settings.sightings:
            return "policy"
        return "decided" if said == "withheld" else "undecided"


def _readers(connection: Connection) -> Iterator[tuple[Reader, int, int, tuple[str, ...]]]:
    """Every peer, with a collection that it may read, when it was heard of last, and its audiences there."""
    query = select(PEERS, RIGHTS.c.collection).where(RIGHTS.c.peer == PEERS.c.name, RIGHTS.c.can_read, ~PEERS.c.revoked)
    for row in connection.execute(query).all():
        reader = Reader(row.name, row.organisation, row.client_of)
        yield reader, row.collection, row.heard, audiences.of_reader(reader, can_read=True, released=False)


def _kind(kind: str, body: bytes) -> str:
    if kind == "sighting":
        return "sighting"
    return KINDS.get(objects.kind_of(json.loads(body)), "other")


def _moment(day: str, at: time) -> datetime:
    if fields.date(day) is None:
        raise Invalid(f"{day[:40]!r} is no day.", code="release.day", hint="Write it as 2026-12-24.")
    return datetime.combine(datetime.fromisoformat(day).date(), at, UTC)
