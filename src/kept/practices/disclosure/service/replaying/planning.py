"""From a survey to a plan in the log: which weakness it is, which try, on which versions, by which judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.replay import Prepared, Terms
from kept.errors import Conflict, NotFound
from kept.practices.disclosure.methods.replay.likeness import apart, nearest
from kept.practices.disclosure.methods.replay.offers import fitting, offer_of
from kept.practices.disclosure.methods.replay.scripts import digest_of_all, salted
from kept.practices.disclosure.ports import Replayer
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.records.replays import Offer, Said
from kept.practices.disclosure.service.intake import salted_digest
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.replaying.working import terms_of
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.replays import REPLAYS, SIGNATURES, VERSIONS, WEAKNESSES
from kept.practices.disclosure.service.tables.triage import CASES
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan, Errors, ReplayJudge

Opened = list[tuple[str, Prepared]]


@dataclass(frozen=True, slots=True)
class Kin:
    """A report's weakness, what is said of its conversations, their signatures, and the numbers of those that are its.

    Only what is of the weakness, or was replayed, is kept of the signatures: what nobody tried stays for whoever
    reports it first.
    """

    weakness: Row[Any]
    said: tuple[Said, ...]
    signatures: Mapping[int, bytes]
    own: frozenset[int]

    @property
    def reason(self) -> str:
        """Why none of its conversations is replayed."""
        return next((each.problem for each in self.said if each.wanted and each.problem), "Nothing of it is replayed.")

    def taking(self, chosen: Sequence[Said], left: Sequence[Said]) -> Kin:
        """With what was chosen counted as the weakness's own, and what was left marked with the reason."""
        marked = {each.number: each for each in left}
        said = tuple(marked.get(each.number, each) for each in self.said)
        return replace(self, said=said, own=self.own | {each.number for each in chosen})

    def document(self) -> str:
        """What is kept of its conversations, as JSON."""
        return json.dumps([asdict(each) for each in self.said])

    def sign(self, connection: Connection, report: str) -> None:
        """Keep the signatures of its own conversations, and no other."""
        minima = b"".join(each for number, each in sorted(self.signatures.items()) if number in self.own)
        connection.execute(SIGNATURES.update().where(SIGNATURES.c.report == report).values(minima=minima))


class Planner:
    """Plans replays; `programme` gives a programme's version."""

    def __init__(self, context: Context, programme: Any) -> None:
        self._context, self._programme = context, programme
        self._replayer: Replayer = context.ports["replayer"]

    async def plan(self, held: Row[Any], *, by: Actor) -> bool:
        """Record the plan of a surveyed replay; False where it was refused instead.

        Raises NotFound where no registered model is the release that it is for, and what opening a model raises.
        """
        programme: Programme = self._programme(held.programme, version=held.version)
        with self._context.store.read() as connection:
            severity = held.severity or _triaged(connection, held.report) or held.claimed
        opened = await self._opened(held, programme)
        kin = self._context.store.write(partial(self._kin, held=held))
        problem = self._reason_against(held, kin.weakness, programme) if held.purpose == "report" else ""
        submission = kin.weakness.tries + 1 if held.purpose == "report" else 1
        offer = replace(offer_of(programme.draft, severity), versions=len(opened))
        judging = programme.draft.replay
        chosen, left = fitting(
            [each for each in kin.said if each.wanted and not each.problem],
            offer,
            submission=submission,
            requests=judging.requests,
            beside=bool(judging.judge_model),
        )
        if problem or not chosen:
            self._refuse(held, kin, problem or kin.reason)
            return False
        made = self._made(held, chosen, opened, kin, offer=offer, submission=submission, by=by)
        self._record(held, made, opened, kin.taking(chosen, left), severity=severity, by=by)
        return True

    def _refuse(self, held: Row[Any], kin: Kin, problem: str) -> None:
        ended = milliseconds(self._context.clock())
        told = {"state": "refused", "weakness": kin.weakness.id, "problem": problem, "ended": ended}

        def rows(connection: Connection) -> None:
            book.change(connection, held.id, was="surveyed", surveyed=kin.document(), **told)
            kin.sign(connection, held.report)

        self._context.store.write(rows)

    async def _opened(self, held: Row[Any], programme: Programme) -> Opened:
        """The versions: all models in scope, or the registered one that is the release."""
        terms = terms_of(programme.draft.replay, seed=held.seed)
        if not held.release:
            return [(each.name, await self._replayer.prepare_replay(each.name, terms)) for each in programme.scope]
        for name in self._context.workspace.models:
            opened = await self._identified(name, held.release, terms)
            if opened is not None:
                return [(name, opened)]
        raise NotFound(
            f"No model of kept.toml is the release {held.release}.",
            code="replay.release",
            hint="Name it below [models], so that what was fixed is replayed on it.",
        )

    async def _identified(self, name: str, release: str, terms: Terms) -> Prepared | None:
        model = self._context.open_model(name)
        try:
            same = model.identity.id == release
        finally:
            await model.close()
        return await self._replayer.prepare_replay(name, terms) if same else None

    def _kin(self, connection: Connection, *, held: Row[Any]) -> Kin:
        """The weakness that a report is of, and which of its conversations.

        It is the report's own, or that of the case it was merged into, or that to which its first conversation is most
        alike. Where another conversation is alike to another weakness, it is left to that one's tries.
        """
        said, before = book.surveyed(held), book.planned_before(connection, held.report)
        mine = connection.execute(select(SIGNATURES).where(SIGNATURES.c.report == held.report)).one_or_none()
        # One that was refused as known, unread but for its first conversation, may be something else in others.
        stays = mine is not None and bool(before or not held.asked)
        known = mine.weakness if stays and mine is not None else ""
        merged = connection.execute(select(CASES.c.merged_into).where(CASES.c.id == held.report)).scalar()
        if merged:
            other = select(SIGNATURES.c.weakness).where(SIGNATURES.c.report == merged)
            known = connection.execute(other).scalar() or known
        signed = [each.number for each in said if each.script]
        signatures = dict(zip(signed, apart(mine.minima), strict=False)) if mine is not None else {}
        alike = _alike(connection, mine) if mine is not None else []
        near = {number: nearest(each, alike) for number, each in signatures.items()}
        first = next((near.get(each.number) for each in said if each.wanted and not each.problem), None)
        known = known or (first[0] if first else "") or self._new(connection, held)
        connection.execute(SIGNATURES.update().where(SIGNATURES.c.report == held.report).values(weakness=known))
        weakness = connection.execute(select(WEAKNESSES).where(WEAKNESSES.c.id == known)).one()
        if _is_earlier(connection, held.report, weakness.first):
            # It came before the one that was read before it.
            connection.execute(WEAKNESSES.update().where(WEAKNESSES.c.id == known).values(first=held.report))
        elsewhere = {
            number: found[0]
            for number, found in near.items()
            if found and found[0] != known and number not in before and not merged
        }
        own = {number for number, found in near.items() if number in before or (found and found[0] == known)}
        return Kin(weakness, _without(connection, said, elsewhere), signatures, frozenset(own))

    def _new(self, connection: Connection, held: Row[Any]) -> str:
        made = f"k-{self._context.entropy(8).hex()}"
        row = {"id": made, "programme": held.programme, "first": held.report, "tries": 0}
        salt, now = self._context.entropy(book.SALT_BYTES), milliseconds(self._context.clock())
        connection.execute(WEAKNESSES.insert().values(**row, salt=salt, created=now))
        return made

    def _reason_against(self, held: Row[Any], weakness: Row[Any], programme: Programme) -> str:
        """Why a report is not replayed for a reward: it was reproduced already, or its tries are spent."""
        with self._context.store.read() as connection:
            shown = reproduced(connection, weakness.id)
            fixed = _state(connection, shown) in ("fixed", "published", "closed")
            earlier = _is_earlier(connection, held.report, shown)
        if shown and shown != held.report and not fixed and not earlier:
            return (
                f"It is the weakness that {shown} reported first, and which came back. If another conversation of it "
                "is something else: kept disclosure replay --conversation N"
            )
        if weakness.tries >= programme.draft.submissions:
            return f"The weakness was sent {weakness.tries} times, which is all that the programme allows."
        return ""

    def _made(
        self,
        held: Row[Any],
        chosen: Sequence[Said],
        opened: Opened,
        kin: Kin,
        *,
        offer: Offer,
        submission: int,
        by: Actor,
    ) -> DisclosureReplayPlan:
        with self._context.store.read() as connection:
            report = connection.execute(select(REPORTS).where(REPORTS.c.id == held.report)).one()
        sworn = opened[0][1].judge
        return DisclosureReplayPlan.of(
            replay=held.id,
            purpose=held.purpose,
            report=salted_digest(report.salt, report.sha256),
            weakness=salted(kin.weakness.id, salt=kin.weakness.salt),
            script=digest_of_all([each.script for each in chosen], salt=held.salt),
            conversations=[{"number": each.number, "script": each.script} for each in chosen],
            versions=[{"model": each.model.id, "errors": Errors.known_of(each.judge)} for _, each in opened],
            judge=ReplayJudge.of(sworn),
            attempts=offer.attempts,
            threshold=offer.threshold,
            level=offer.level,
            submission=submission,
            seed=held.seed,
            issued=format_time(self._context.clock()),
            by=by.id,
        )

    def _record(
        self,
        held: Row[Any],
        made: DisclosureReplayPlan,
        opened: Opened,
        kin: Kin,
        *,
        severity: str,
        by: Actor,
    ) -> None:
        """One transaction: the plan in the log, each conversation on each version, and the try that it spends."""
        weakness = kin.weakness
        plan = json.dumps(made.model_dump(mode="json", exclude_none=True))

        def rows(connection: Connection) -> None:
            told = {"state": "planned", "plan": plan, "entry": size_of(connection), "problem": ""}
            told |= {"surveyed": kin.document(), "script": made.script}
            spent = {"weakness": weakness.id, "submission": made.submission, "severity": severity}
            book.change(connection, held.id, was="surveyed", **told, **spent)
            if held.purpose == "report":
                now = WEAKNESSES.update().where(WEAKNESSES.c.id == weakness.id, WEAKNESSES.c.tries == weakness.tries)
                if connection.execute(now.values(tries=weakness.tries + 1)).rowcount != 1:
                    raise Conflict("Another report of this weakness was planned just now.", code="replay.moved")
            kin.sign(connection, held.report)
            places = [(name, each, number) for name, each in opened for number in made.numbers]
            for position, (name, each, number) in enumerate(places):
                identity = json.dumps(each.model.document())
                row = {"replay": held.id, "position": position, "name": name, "model": each.model.id}
                row |= {"conversation": number or 0, "counted": "", "bound": -1, "reproduced": 0, "entry": -1}
                connection.execute(VERSIONS.insert().values(**row, identity=identity))

        self._context.ledger.record(Draft(made.to_statement()), by=by, rows=rows)


def reproduced(connection: Connection, weakness: str) -> str:
    """The report that came first of those by which a weakness was shown to come back, or ""."""
    query = (
        select(REPLAYS.c.report)
        .join(VERSIONS, VERSIONS.c.replay == REPLAYS.c.id)
        .join(REPORTS, REPORTS.c.id == REPLAYS.c.report)
        .where(REPLAYS.c.weakness == weakness, REPLAYS.c.purpose == "report", VERSIONS.c.reproduced == 1)
        .order_by(REPORTS.c.received, REPORTS.c.recorded)
    )
    return str(connection.execute(query.limit(1)).scalar() or "")


def _is_earlier(connection: Connection, report: str, other: str) -> bool:
    """Whether a report came before another one."""
    query = select(REPORTS.c.id).where(REPORTS.c.id.in_((report, other)))
    first = connection.execute(query.order_by(REPORTS.c.received, REPORTS.c.recorded).limit(1)).scalar()
    return first == report != other


def _triaged(connection: Connection, report: str) -> str:
    return str(connection.execute(select(CASES.c.severity).where(CASES.c.id == report)).scalar() or "")


def _state(connection: Connection, report: str) -> str:
    return str(connection.execute(select(CASES.c.state).where(CASES.c.id == report)).scalar() or "")


def _alike(connection: Connection, mine: Row[Any]) -> list[tuple[str, bytes]]:
    """The weaknesses that other reports of the programme are of, with the signature of each conversation."""
    same = (SIGNATURES.c.key == mine.key) & (SIGNATURES.c.programme == mine.programme)
    query = (
        select(SIGNATURES.c.weakness, SIGNATURES.c.minima)
        .join(WEAKNESSES, WEAKNESSES.c.id == SIGNATURES.c.weakness)
        .where(same, SIGNATURES.c.report != mine.report)
        .order_by(WEAKNESSES.c.created, WEAKNESSES.c.id)
    )
    return [(each.weakness, one) for each in connection.execute(query) for one in apart(each.minima)]


def _without(connection: Connection, said: tuple[Said, ...], elsewhere: Mapping[int, str]) -> tuple[Said, ...]:
    """What is said of conversations, with the reason at those that are another weakness."""
    query = select(WEAKNESSES.c.id, WEAKNESSES.c.first).where(WEAKNESSES.c.id.in_(set(elsewhere.values())))
    first = {each.id: each.first for each in connection.execute(query)}
    return tuple(
        replace(each, problem=f"It is the weakness that {first[elsewhere[each.number]]} reported first.")
        if each.number in elsewhere
        else each
        for each in said
    )
