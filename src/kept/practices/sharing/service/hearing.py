"""What is said in working groups: sent to where a draft stands, heard of the members, and what it comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.errors import KeptError, NotFound
from kept.practices.sharing.methods import tlp as markings
from kept.practices.sharing.methods.groups import result
from kept.practices.sharing.methods.groups.notes import draft_in, said_in, vote_in, written
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.records.group_notes import Said
from kept.practices.sharing.records.groups import Comment, Draft, Standing
from kept.practices.sharing.records.markings import checked_tlp
from kept.practices.sharing.service.alerting import Alerting
from kept.practices.sharing.service.moments import microseconds, stix_time
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.exchanging import CURSORS
from kept.practices.sharing.service.tables.groups import GROUP_NOTES
from kept.practices.sharing.service.tables.objects import OBJECTS
from kept.practices.sharing.service.tables.peers import PEERS

_MOST = 20_000
"""How many notes are read at most."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What somebody said in a group: the note's id, and the organisation whose pinned key signed it."""

    id: str
    said: Said
    signer: str


class Hearing(Alerting):
    """Says what this organisation says to the members of a group, and hears what they say."""

    @property
    def _name(self) -> str:
        return self._context.workspace.name

    def _standings(self) -> Iterator[Standing]:
        """How each draft stands that was proposed here or by a member."""
        heard = self._heard()
        for each in _drafts(heard):
            yield self._computed(each, heard)

    def _standing(self, draft: str) -> Standing:
        """How one draft stands, by its id or its digest. Raises NotFound."""
        heard = self._heard()
        for each in _drafts(heard):
            if draft in (each.id, each.digest):
                return self._computed(each, heard)
        raise _missing(draft)

    def _computed(self, draft: Draft, heard: Sequence[_Heard]) -> Standing:
        mine = [each for each in heard if each.said.draft == draft.digest]
        votes = [
            vote_in(each.said, id=each.id, signer=each.signer) for each in mine if each.said.choice and each.said.cast
        ]
        found = result(draft, votes, now=stix_time(self._context.clock()))
        comments = [Comment(each.signer, each.said.note) for each in mine if each.said.what == "comment"]
        assents = {
            each.signer
            for each in mine
            if each.said.what == "assent" and each.said.result == found.digest and each.signer in found.yes
        }
        return Standing(draft, found, tuple(comments), tuple(sorted(assents)))

    def _heard(self) -> list[_Heard]:
        """What members said, each by the organisation whose pinned key signed it; what can't be read is passed over."""
        found: dict[str, _Heard] = {}
        with self._context.store.read() as connection:
            for id, body, signer in _notes(connection, self._name):
                said = _read(body)
                if said is not None and signer:
                    found.setdefault(id, _Heard(id, said, signer))
        return list(found.values())

    async def _say(
        self,
        draft: str,
        said: dict[str, Any],
        content: str,
        place: tuple[str, str, str] | None,
        *,
        parts: tuple[str, ...],
        by: Actor,
    ) -> None:
        """Send what this organisation says to where the draft stands, and keep it once it is taken there or waits."""
        now = self._context.clock()
        peer, collection, level = place or self._place(draft)
        document = written(
            {**said, "member": self._name, "draft": draft},
            author=id_of("identity", self._name),
            content=content,
            now=stix_time(now),
            parts=(str(said["what"]), *parts),
            markings=(markings.MARKINGS[checked_tlp(level)],),
        )
        row = {"object": document["id"], "draft": draft, "what": said["what"], "place": peer, "collection": collection}
        body = json.dumps(document).encode()

        def work(connection: Connection) -> None:
            connection.execute(GROUP_NOTES.delete().where(GROUP_NOTES.c.object == document["id"]))
            connection.execute(GROUP_NOTES.insert().values(**row, said=microseconds(now), body=body))

        if peer:
            await self._send(peer, document, collection=collection, by=by)
        else:
            self._put(document, collection=collection, by=by)
        self._context.store.write(work)

    def _place(self, draft: str) -> tuple[str, str, str]:
        """Where a draft stands: the peer ("" for here), its collection as that one calls it, and its TLP."""
        with self._context.store.read() as connection:
            own = select(GROUP_NOTES).where(GROUP_NOTES.c.draft == draft, GROUP_NOTES.c.what == "draft")
            row = connection.execute(own).first()
            if row is not None:
                level = next(iter(json.loads(row.body)["object_marking_refs"]))
                known = {reference: name for name, reference in markings.MARKINGS.items()}
                return row.place, row.collection, known[level]
            for each in connection.execute(_RECEIVED).all():
                said = _read(bytes(each.body))
                if said is not None and said.what == "draft" and said.draft == draft:
                    return _where(connection, each)
        raise _missing(draft)


_RECEIVED = (
    select(OBJECTS, COLLECTIONS.c.id.label("place"), COLLECTIONS.c.peer.label("mirrors"), PEERS.c.organisation)
    .where(
        OBJECTS.c.kind == "note",
        OBJECTS.c.source != "",
        OBJECTS.c.signature == "valid",
        OBJECTS.c.collection == COLLECTIONS.c.number,
        PEERS.c.name == OBJECTS.c.owner,
    )
    .order_by(OBJECTS.c.number)
    .limit(_MOST)
)


def _notes(connection: Connection, name: str) -> Iterator[tuple[str, bytes, str]]:
    """The id, the bytes and the organisation of each note: our own, and those of whoever signed with a pinned key."""
    for row in connection.execute(select(GROUP_NOTES.c.object, GROUP_NOTES.c.body)).all():
        yield row.object, bytes(row.body), name
    for row in connection.execute(_RECEIVED).all():
        yield row.object, bytes(row.body), row.organisation


def _read(body: bytes) -> Said | None:
    try:
        return said_in(json.loads(body))
    except (KeptError, ValueError, RecursionError):
        return None


def _drafts(heard: Sequence[_Heard]) -> Iterator[Draft]:
    """Each draft once; one that can't stand, or that somebody proposes who is no member, is none."""
    seen: set[str] = set()
    for each in heard:
        if each.said.what != "draft" or each.said.draft in seen:
            continue
        try:
            draft = draft_in(each.said)
        except KeptError:
            continue
        if each.signer in draft.members:
            seen.add(draft.digest)
            yield draft


def _where(connection: Connection, row: Row[Any]) -> tuple[str, str, str]:
    if not row.mirrors:
        return "", row.place, row.tlp
    query = select(CURSORS.c.remote).where(CURSORS.c.mirror == row.collection, CURSORS.c.peer == row.mirrors)
    return row.mirrors, str(connection.execute(query).scalar()), row.tlp


def _missing(draft: str) -> NotFound:
    return NotFound(f"There is no draft {draft[:80]!r}.", code="groups.missing", hint="kept sharing groups list")
