"""From a survey to a plan in the log: which weakness it is, which try, on which versions, by which judge."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.replay import Prepared, Terms
from kept.errors import Conflict, NotFound
from kept.practices.disclosure.methods.replay.likeness import nearest
from kept.practices.disclosure.methods.replay.offers import offer_of
from kept.practices.disclosure.methods.replay.scripts import salted
from kept.practices.disclosure.ports import Replayer
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.service.intake import salted_digest
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.replaying.working import terms_of
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.replays import REPLAYS, SIGNATURES, VERSIONS, WEAKNESSES
from kept.practices.disclosure.service.tables.triage import CASES
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan, Errors, ReplayJudge

Opened = list[tuple[str, Prepared]]


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
        weakness = self._context.store.write(partial(self._belongs, held=held))
        problem = self._reason_against(held, weakness, programme) if held.purpose == "report" else ""
        if problem:
            ended = milliseconds(self._context.clock())
            told = {"state": "refused", "weakness": weakness.id, "problem": problem, "ended": ended}
            self._context.store.write(lambda connection: book.change(connection, held.id, was="surveyed", **told))
            return False
        submission = weakness.tries + 1 if held.purpose == "report" else 1
        made = self._made(held, programme, opened, weakness, severity=severity, submission=submission, by=by)
        self._record(held, made, opened, weakness, severity=severity, by=by)
        return True

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

    def _belongs(self, connection: Connection, *, held: Row[Any]) -> Row[Any]:
        """The weakness that a report is of: its own, that of the case it was merged into, that of the most alike."""
        mine = connection.execute(select(SIGNATURES).where(SIGNATURES.c.report == held.report)).one_or_none()
        known = mine.weakness if mine is not None else ""
        if merged := connection.execute(select(CASES.c.merged_into).where(CASES.c.id == held.report)).scalar():
            other = select(SIGNATURES.c.weakness).where(SIGNATURES.c.report == merged)
            known = connection.execute(other).scalar() or known
        if not known and mine is not None:
            same = (SIGNATURES.c.key == mine.key) & (SIGNATURES.c.programme == mine.programme)
            others = select(SIGNATURES.c.weakness, SIGNATURES.c.minima).join(
                WEAKNESSES, WEAKNESSES.c.id == SIGNATURES.c.weakness
            )
            alike = connection.execute(others.where(same).order_by(WEAKNESSES.c.created, WEAKNESSES.c.id))
            found = nearest(mine.minima, ((each.weakness, each.minima) for each in alike))
            known = found[0] if found else ""
        known = known or self._new(connection, held)
        connection.execute(SIGNATURES.update().where(SIGNATURES.c.report == held.report).values(weakness=known))
        return connection.execute(select(WEAKNESSES).where(WEAKNESSES.c.id == known)).one()

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
            fixed = _state(connection, weakness.first) in ("fixed", "published", "closed")
        if shown and shown != held.report and not fixed:
            return f"It is the weakness that {shown} reported first, and which came back."
        if weakness.tries >= programme.draft.submissions:
            return f"The weakness was sent {weakness.tries} times, which is all that the programme allows."
        return ""

    def _made(
        self,
        held: Row[Any],
        programme: Programme,
        opened: Opened,
        weakness: Row[Any],
        *,
        severity: str,
        submission: int,
        by: Actor,
    ) -> DisclosureReplayPlan:
        offer = offer_of(programme.draft, severity)
        with self._context.store.read() as connection:
            report = connection.execute(select(REPORTS).where(REPORTS.c.id == held.report)).one()
        sworn = opened[0][1].judge
        return DisclosureReplayPlan.of(
            replay=held.id,
            purpose=held.purpose,
            report=salted_digest(report.salt, report.sha256),
            weakness=salted(weakness.id, salt=weakness.salt),
            script=held.script,
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
        weakness: Row[Any],
        *,
        severity: str,
        by: Actor,
    ) -> None:
        """One transaction: the plan in the log, its versions, and the try that it spends."""
        plan = json.dumps(made.model_dump(mode="json", exclude_none=True))

        def rows(connection: Connection) -> None:
            told = {"state": "planned", "plan": plan, "entry": size_of(connection), "problem": ""}
            spent = {"weakness": weakness.id, "submission": made.submission, "severity": severity}
            book.change(connection, held.id, was="surveyed", **told, **spent)
            if held.purpose == "report":
                now = WEAKNESSES.update().where(WEAKNESSES.c.id == weakness.id, WEAKNESSES.c.tries == weakness.tries)
                if connection.execute(now.values(tries=weakness.tries + 1)).rowcount != 1:
                    raise Conflict("Another report of this weakness was planned just now.", code="replay.moved")
            for position, (name, each) in enumerate(opened):
                identity = json.dumps(each.model.document())
                row = {"replay": held.id, "position": position, "name": name, "model": each.model.id}
                connection.execute(
                    VERSIONS.insert().values(**row, identity=identity, counted="", bound=-1, reproduced=0, entry=-1)
                )

        self._context.ledger.record(Draft(made.to_statement()), by=by, rows=rows)


def reproduced(connection: Connection, weakness: str) -> str:
    """The report by which a weakness was first shown to come back, or ""."""
    query = (
        select(REPLAYS.c.report)
        .join(VERSIONS, VERSIONS.c.replay == REPLAYS.c.id)
        .where(REPLAYS.c.weakness == weakness, REPLAYS.c.purpose == "report", VERSIONS.c.reproduced == 1)
        .order_by(REPLAYS.c.ended, REPLAYS.c.id)
    )
    return str(connection.execute(query.limit(1)).scalar() or "")


def _triaged(connection: Connection, report: str) -> str:
    return str(connection.execute(select(CASES.c.severity).where(CASES.c.id == report)).scalar() or "")


def _state(connection: Connection, report: str) -> str:
    return str(connection.execute(select(CASES.c.state).where(CASES.c.id == report)).scalar() or "")
