"""The verbs of working groups: propose, comment, vote, and stand by what was adopted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import format_time
from kept.core.ledger import Draft as Entry
from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Invalid
from kept.practices.sharing.methods.groups import check_draft
from kept.practices.sharing.methods.groups.notes import document_of
from kept.practices.sharing.records.groups import Choice, Draft, Kind, Result, Rules, Standing
from kept.practices.sharing.records.markings import Tlp, checked_tlp
from kept.practices.sharing.service.collecting import served
from kept.practices.sharing.service.hearing import Hearing
from kept.practices.sharing.service.moments import stix_time
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.tables.groups import ADOPTIONS
from kept.predicates.sharing_adoption import SharingAdoption

_COMMENT = 4000


class Grouping(Hearing):
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

    def groups_list(self, *, by: Actor) -> tuple[Standing, ...]:
        """Every draft that was proposed here or by a member, the one that closes last first. Raises Denied."""
        check_role(by, *SHARERS, to="see working groups")
        return tuple(sorted(self._standings(), key=lambda each: (each.draft.closes, each.draft.digest), reverse=True))

    def groups_show(self, draft: str, *, by: Actor) -> Standing:
        """One draft with what was said of it, and what the votes come to. Raises Denied or NotFound."""
        check_role(by, *SHARERS, to="see working groups")
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
