"""What is fetched from a peer's collection: judged, and written together with how far it goes."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from kept.core.context import Context
from kept.core.keys import PublicKey
from kept.core.trust import KeyHistory, Trust, key_events
from kept.errors import Invalid, KeptError
from kept.practices.sharing.methods import signed, stix
from kept.practices.sharing.ports import Remote, RemoteCollection, RemotePage
from kept.practices.sharing.records import Collection, CollectionRow, Pulled, Reader, Refused, Settings
from kept.practices.sharing.service.collecting import insert, new_row, told
from kept.practices.sharing.service.judging import Directory, Judge, held, resolver
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.shelves import writing
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.exchanging import CURSORS
from kept.practices.sharing.service.tables.objects import SHOWN

PAGE, PAGES = 500, 20_000
_SHOWN_REFUSALS = 100
_SIGNERS = frozenset({"provider", *SHARERS})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Puller:
    """Pulls from one peer, whose row is given."""

    def __init__(self, context: Context, settings: Settings, peer: Any, remote: Remote) -> None:
        self._context = context
        self._settings = settings
        self._peer = Reader(peer["name"], peer["organisation"], peer["client_of"])
        self._remote = remote

    async def pull(self, place: RemoteCollection) -> Pulled:
        """Everything new of one collection; what stopped it before the end is said in the result."""
        mirror, last = self._mirror(place)
        new, again, why = 0, 0, ""
        left = self._settings.pull_mb * 1e6
        refused: list[Refused] = []
        after, following, seen = self._begin(last), "", set[tuple[str, str, bytes]]()
        for _ in range(PAGES):
            try:
                page = await self._remote.page(place.url, added_after=after, next=following, limit=PAGE)
            except KeptError as error:
                why = error.message
                break
            # Some servers call every page after the first by one name, and remember how far somebody came.
            answered = (after, following, _content(page))
            if answered in seen:
                why = f"{place.url} gives the same page again and again."
                break
            seen.add(answered)
            brought, ours, bad = self._judged(place, mirror, page)
            taken, here = self._take(place, mirror, brought, bad, last=_checked(page.last))
            new, again, refused = new + taken, again + here + ours, refused + bad
            # What is here already is no cost, or what was added in the overlap could keep a pull from ever getting on.
            left -= sum(len(each.body) for each in brought) if taken else 0
            if not page.more:
                break
            if left <= 0:
                why = f"It brought {self._settings.pull_mb:g} MB; what is left follows at the next pull."
                break
            # A server that says that there is more and not where is asked for what was added later.
            following, after = page.next, (after if page.next else page.last or after)
        self._note(place, why)
        return Pulled(self._peer.name, place.id, place.title, new, again, tuple(refused[:_SHOWN_REFUSALS]), why)

    def _begin(self, last: str) -> str:
        """Where to begin: before the last object that is here, since some servers add objects under earlier times."""
        if not last:
            return ""
        overlap = timedelta(minutes=self._settings.overlap_minutes)
        # A server may say that it added something in the year 1.
        moment = max(datetime.fromisoformat(last), _EPOCH + overlap) - overlap
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _mirror(self, place: RemoteCollection) -> tuple[CollectionRow, str]:
        """The collection in which objects of that one stand here, and when the last of them was added there."""
        peer = self._peer.name

        def work(connection: Connection) -> tuple[CollectionRow, str]:
            known = select(CURSORS.c.mirror, CURSORS.c.last).where(CURSORS.c.peer == peer, CURSORS.c.remote == place.id)
            row = connection.execute(known).first()
            if row is None:
                name = str(uuid.UUID(bytes=self._context.entropy(16), version=4))
                made = microseconds(self._context.clock())
                title = "".join(letter for letter in place.title if letter.isprintable()).strip()[:200] or place.id
                number = insert(connection, new_row(Collection(title, "pulled"), name, peer=peer, made=made))
                cursor = {"peer": peer, "remote": place.id, "mirror": number, "last": "", "pulled": 0, "why": ""}
                connection.execute(CURSORS.insert().values(**cursor))
            else:
                number = row.mirror
            found = connection.execute(select(COLLECTIONS).where(COLLECTIONS.c.number == number)).mappings().one()
            return told(found), row.last if row else ""

        return self._context.store.write(work)

    def _judged(
        self, place: RemoteCollection, mirror: CollectionRow, page: RemotePage
    ) -> tuple[list[writing.Brought], int, list[Refused]]:
        """What is to be thought of each object of a page, and how many of them are what we sent there ourselves."""
        with self._context.store.read() as connection:
            directory = Directory(connection)
            resolve = resolver(page.objects, held(connection, mirror.number, page.objects))
        judge = Judge(directory, mirror, self._peer, resolve=resolve, address=place.id, serves=True)
        brought: list[writing.Brought] = []
        refused: list[Refused] = []
        ours, own_keys = 0, self._own_keys
        for document in page.objects:
            try:
                parsed = stix.parse(document)
                if signed.is_by(parsed.document, own_keys, version=parsed.version):
                    ours += 1
                else:
                    brought.append(judge.judged(parsed))
            except KeptError as error:
                name = document.get("id") if isinstance(document, dict) else None
                refused.append(Refused(name[:320] if isinstance(name, str) else "unknown", error.message))
        return brought, ours, refused

    @cached_property
    def _own_keys(self) -> Mapping[str, PublicKey]:
        """Every key by which this organisation ever shared anything, by its id."""
        trust = Trust.load(self._context.workspace.trust_file)
        tenures = KeyHistory.replay(trust, key_events(self._context.ledger)).tenures
        return {name: one.holder.key for name, one in tenures.items() if one.holder.roles & _SIGNERS}

    def _take(
        self,
        place: RemoteCollection,
        mirror: CollectionRow,
        brought: Sequence[writing.Brought],
        refused: list[Refused],
        *,
        last: str,
    ) -> tuple[int, int]:
        """Write a page and how far it goes: how many objects are new, and how many are here already."""
        now = microseconds(self._context.clock())

        def work(connection: Connection) -> tuple[int, int]:
            ours = _ours(connection, brought)
            others = [each for each in brought if (each.id, each.version) not in ours]
            outcomes, numbers = writing.put(connection, mirror.number, others, audiences=(), now=now)
            refused.extend(Refused(each.id, each.why) for each in outcomes if each.why)
            if last:
                cursor = CURSORS.update().where(CURSORS.c.peer == self._peer.name, CURSORS.c.remote == place.id)
                connection.execute(cursor.values(last=last))
            return len(numbers), len(brought) - len(numbers) - sum(1 for each in outcomes if each.why)

        return self._context.store.write(work)

    def _note(self, place: RemoteCollection, why: str) -> None:
        pulled = microseconds(self._context.clock())
        cursor = CURSORS.update().where(CURSORS.c.peer == self._peer.name, CURSORS.c.remote == place.id)
        self._context.store.write(lambda connection: connection.execute(cursor.values(pulled=pulled, why=why)))


def _content(page: RemotePage) -> bytes:
    """What tells a page from every other."""
    return hashlib.sha256(json.dumps(page.objects).encode()).digest()


def _checked(last: str) -> str:
    """The time at which a server says that the last object was added, or "" where it says none.

    Its leap second is the second before.
    """
    try:
        return f"{stix.sortable(last)[:26]}+00:00".replace(":60", ":59") if last else ""
    except Invalid:
        return ""


def _ours(connection: Connection, brought: Sequence[writing.Brought]) -> set[tuple[str, str]]:
    """What we said ourselves, and a peer's server now gives back."""
    query = select(SHOWN.c.object, SHOWN.c.version).where(
        SHOWN.c.owner == "", SHOWN.c.object.in_(sorted({each.id for each in brought}))
    )
    return {(row.object, row.version) for row in connection.execute(query)}
