"""The verbs of working groups: propose, comment, vote, and stand by what was adopted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor, check_role
from kept.core.context import format_time
from kept.core.ledger import Draft as Entry
from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Invalid, KeptError, NotFound
from kept.practices.sharing.methods import tlp as markings
from kept.practices.sharing.methods.groups import check_draft, result
from kept.practices.sharing.methods.groups.notes import document_of, draft_in, said_in, vote_in, written
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.records.group_notes import Said
from kept.practices.sharing.records.groups import Choice, Comment, Draft, Kind, Result, Rules, Standing
from kept.practices.sharing.records.markings import Tlp, checked_tlp
from kept.practices.sharing.service.alerting import Alerting
from kept.practices.sharing.service.collecting import served
from kept.practices.sharing.service.moments import microseconds, stix_time
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.tables.collections import COLLECTIONS
from kept.practices.sharing.service.tables.exchanging import CURSORS
from kept.practices.sharing.service.tables.groups import ADOPTIONS, GROUP_NOTES
from kept.practices.sharing.service.tables.objects import OBJECTS
from kept.practices.sharing.service.tables.peers import PEERS
from kept.predicates.sharing_adoption import SharingAdoption

_MOST = 20_000
"""How many notes are read at most."""
_COMMENT = 4000


@dataclass(frozen=True, slots=True)
class _Heard:
    """What somebody said in a group: the note's id, and the organisation whose pinned key signed it."""

    id: str
    said: Said
    signer: str


class Grouping(Alerting):
    """Drafts, votes and results, which every member computes from the same signed notes."""

    async def groups_draft(
        self,
        group: str,
        kind: Kind,
        title: str,
        text: str,
        *,
        members: Sequence[str],
        closes: datetime,
        collection: str,
        peer: str = "",
        tlp: str = "green",
        rules: Rules | None = None,
        by: Actor,
    ) -> Draft:
        """Propose a text to the members (names of organisations), who vote until it closes.

        It goes to a collection that is served here, or to one of `peer`. Raises Denied without the role, Invalid for a
        draft on which nobody could vote, that nobody else could read or of which this organisation is no member, and
        what publishing raises.
        """
        check_role(by, *SHARERS, to="draft for working groups")
        now = self._context.clock()
        made = check_draft(
            Draft(
                id=f"d-{self._context.entropy(8).hex()}",
                group=group,
                kind=kind,
                title=title,
                text=text.strip(),
                members=tuple(members),
                rules=rules or Rules(),
                opened=stix_time(now),
                closes=stix_time(closes),
            )
        )
        if self._name not in made.members:
            raise Invalid(f"{self._name} is none of the members.", code="groups.member")
        said = {"what": "draft", "text": document_of(made)}
        place = (peer, collection, self._reaching(peer, collection, checked_tlp(tlp)))
        await self._say(made.digest, said, title, place, parts=(made.digest,), by=by)
        return made

    async def groups_comment(self, draft: str, text: str, *, by: Actor) -> Standing:
        """Say something about a draft. Raises Denied, NotFound, Invalid, and what publishing raises."""
        check_role(by, *SHARERS, to="comment in working groups")
        held = self._standing(draft)
        if not 1 <= len(text.strip()) <= _COMMENT:
            raise Invalid(f"A comment has at most {_COMMENT} characters.", code="groups.comment")
        said = {"what": "comment", "note": text.strip()}
        await self._say(held.draft.digest, said, text.strip(), None, parts=(held.draft.digest, text.strip()), by=by)
        return self._standing(draft)

    async def groups_vote(self, draft: str, choice: Choice, *, note: str = "", by: Actor) -> Standing:
        """Vote on a draft as an organisation; the last vote before the close counts.

        Raises Denied without the role or where this organisation is no member, NotFound, Conflict once it is closed,
        and what publishing raises.
        """
        check_role(by, *SHARERS, to="vote in working groups")
        held, now = self._standing(draft), stix_time(self._context.clock())
        if self._name not in held.draft.members:
            raise Invalid(f"{self._name} is none of the members.", code="groups.member")
        if now > held.draft.closes:
            raise Conflict(f"The vote closed at {held.draft.closes}.", code="groups.closed")
        said = {"what": "vote", "choice": choice, "cast": now, "note": note}
        await self._say(held.draft.digest, said, choice, None, parts=(held.draft.digest, now, choice), by=by)
        return self._standing(draft)

    async def groups_sign(self, draft: str, *, by: Actor) -> Standing:
        """Stand by a text that was adopted with this organisation's vote: recorded in the ledger, and told the members.

        Raises Denied without the role, NotFound, and Conflict where it isn't adopted, where this organisation didn't
        vote for it, or where it signed before.
        """
        check_role(by, *SHARERS, to="sign for working groups")
        held = self._standing(draft)
        found = held.result
        if found.decision != "adopted" or self._name not in found.yes:
            raise Conflict(
                f"The draft is {found.decision}, and {self._name} voted "
                f"{'for' if self._name in found.yes else 'not for'} it.",
                code="groups.not-adopted",
            )
        if self._name in held.signed:
            raise Conflict("It is signed already.", code="groups.signed")
        self._record_assent(held, by=by)
        said = {"what": "assent", "result": found.digest}
        await self._say(held.draft.digest, said, "adopted", None, parts=(held.draft.digest, found.digest), by=by)
        return self._standing(draft)

    def _record_assent(self, held: Standing, *, by: Actor) -> None:
        """Record it once: where it was cut off before the members were told, they are told now."""
        draft, found = held.draft, held.result
        with self._context.store.read() as connection:
            if connection.execute(select(ADOPTIONS).where(ADOPTIONS.c.draft == draft.digest)).first():
                return
        made = _statement(draft, found, issued=format_time(self._context.clock()), by=by)

        def rows(connection: Connection) -> None:
            # Another process that signs at this moment clashes with its key.
            row = {"draft": draft.digest, "result": found.digest, "recorded": size_of(connection)}
            connection.execute(ADOPTIONS.insert().values(**row))

        self._context.ledger.record(Entry(made.to_statement()), by=by, rows=rows)

    def groups_list(self, *, by: Actor) -> tuple[Standing, ...]:
        """Every draft that was proposed here or by a member, the one that closes last first. Raises Denied."""
        check_role(by, *SHARERS, to="see working groups")
        heard = self._heard()
        found = [self._computed(each, heard) for each in _drafts(heard)]
        return tuple(sorted(found, key=lambda each: (each.draft.closes, each.draft.digest), reverse=True))

    def groups_show(self, draft: str, *, by: Actor) -> Standing:
        """One draft with what was said of it, and what the votes come to. Raises Denied or NotFound."""
        check_role(by, *SHARERS, to="see working groups")
        return self._standing(draft)

    @property
    def _name(self) -> str:
        return self._context.workspace.name

    def _reaching(self, peer: str, collection: str, level: Tlp) -> Tlp:
        """The level. Raises Invalid where no other member would see what is said at it: notes name no recipients."""
        seen = level in ("clear", "green") or (level != "red" and peer != "")
        if not seen and level != "red":
            with self._context.store.read() as connection:
                seen = served(connection, collection)["amber"] == "members"
        if not seen:
            raise Invalid(
                f"At TLP:{level.upper()} no other member would see it.",
                code="groups.tlp",
                hint="Say --tlp green, or --tlp amber in a collection that was begun with --amber members.",
            )
        return level

    def _standing(self, draft: str) -> Standing:
        heard = self._heard()
        for each in _drafts(heard):
            if draft in (each.id, each.digest):
                return self._computed(each, heard)
        raise NotFound(f"There is no draft {draft[:80]!r}.", code="groups.missing", hint="kept sharing groups list")

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
        raise NotFound(f"There is no draft {draft[:80]!r}.", code="groups.missing", hint="kept sharing groups list")


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


def _statement(draft: Draft, found: Result, *, issued: str, by: Actor) -> SharingAdoption:
    return SharingAdoption.of(
        draft=draft.digest,
        result=found.digest,
        kind=draft.kind,
        title=draft.title,
        members=len(draft.members),
        yes=len(found.yes),
        no=len(found.no),
        abstained=len(found.abstained),
        quorum=draft.rules.quorum,
        threshold=draft.rules.threshold,
        closed=f"{draft.closes[:19]}Z",
        issued=issued,
        by=by.id,
    )
