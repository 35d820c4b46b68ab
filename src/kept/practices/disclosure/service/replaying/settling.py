"""From attempts to statements: what a replay came to on each version, recorded with all that follows from it."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.ledger.tree import size_of
from kept.core.replay import counted_of, outcomes_of
from kept.practices.disclosure.methods.triage.states import is_fixed
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.replays import RELEASES, REPLAYS, VERSIONS, WEAKNESSES
from kept.practices.disclosure.service.tables.triage import CASES, EVENTS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.predicates.disclosure_replay import DisclosureReplay, bound_of
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan

FIXED = ("fixed", "published")


class Settler:
    """Records what replays came to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._casebook = Casebook(context)

    def settle(self, held: Row[Any], *, by: Actor, abandoned: bool = False) -> None:
        """Record one statement for each version, in one transaction with what it means for the case."""
        plan = book.plan_of(held)
        with self._context.store.read() as connection:
            versions = book.versions(connection, held.id)
            made = [self._result(connection, held, version, plan, by=by, abandoned=abandoned) for version in versions]
        drafts = [
            Draft(each.to_statement(model_name=book.identity_of(version).name), model=version.model)
            for version, each in zip(versions, made, strict=True)
        ]

        def rows(connection: Connection) -> None:
            first = size_of(connection)
            ended = milliseconds(self._context.clock())
            book.change(connection, held.id, was=held.state, state="recorded", problem="", ended=ended)
            for version, each in zip(versions, made, strict=True):
                mine = (VERSIONS.c.replay == held.id) & (VERSIONS.c.position == version.position)
                told = {"counted": each.counted, "bound": each.bound, "reproduced": int(each.reproduced)}
                connection.execute(VERSIONS.update().where(mine).values(**told, entry=first + version.position))
            self._tell_case(connection, held, made, first=first, by=by)

        self._context.ledger.record(drafts, by=by, rows=rows)

    def _result(
        self,
        connection: Connection,
        held: Row[Any],
        version: Row[Any],
        plan: DisclosureReplayPlan,
        *,
        by: Actor,
        abandoned: bool,
    ) -> DisclosureReplay:
        attempts = book.attempts(connection, held.id, version.position)
        counted, deterministic = counted_of(attempts, book.identity_of(version), planned=plan.attempts)
        errors = next(each.errors for each in plan.versions if each.model == version.model)
        count, conversations = len(plan.versions), len(plan.numbers)
        shared = {"submission": plan.submission, "versions": count, "conversations": conversations}
        bound = bound_of(counted, errors, level=plan.level, **shared)
        return DisclosureReplay.of(
            replay=held.id,
            plan=held.entry,
            purpose=held.purpose,
            state="abandoned" if abandoned else "completed",
            model=version.model,
            versions=count,
            conversation=version.conversation or None,
            conversations=conversations if version.conversation else None,
            judge=plan.judge,
            errors=errors,
            attempts=plan.attempts,
            threshold=plan.threshold,
            level=plan.level,
            submission=plan.submission,
            deterministic=deterministic,
            outcomes=outcomes_of(attempts, planned=plan.attempts),
            counted=counted,
            bound=bound,
            reproduced=bound >= plan.threshold,
            confinement=book.confinement_of(held),
            issued=format_time(self._context.clock()),
            by=by.id,
        )

    def _tell_case(
        self, connection: Connection, held: Row[Any], made: list[DisclosureReplay], *, first: int, by: Actor
    ) -> None:
        """Say in the case what came out; where what was fixed came back, the case is open again."""
        case = connection.execute(select(CASES).where(CASES.c.id == held.report)).one_or_none()
        if case is None:
            return
        came_back = any(each.reproduced for each in made)
        details = {
            "replay": held.id,
            "purpose": held.purpose,
            "entries": [first + position for position in range(len(made))],
            "reproduced": came_back,
            "bounds": [each.bound for each in made],
            "conversations": [each.conversation or 1 for each in made],
        }
        append = partial(self._casebook.append, connection, held.report, by=by.id, details=details)
        append("replayed", audience="reporter")
        kinds = select(EVENTS.c.kind).where(EVENTS.c.case == held.report).order_by(EVENTS.c.number)
        was_fixed = is_fixed(connection.execute(kinds).scalars())
        if held.purpose == "release" and came_back and was_fixed and case.state in FIXED:
            append("regressed", audience="reporter")


def note_release(connection: Connection, *, entry: int, model: str, name: str) -> None:
    """Enter a new release, once, for the weaknesses that were fixed."""
    if connection.execute(select(RELEASES.c.entry).where(RELEASES.c.entry == entry)).first() is None:
        connection.execute(RELEASES.insert().values(entry=entry, model=model, name=name, queued=0))


def queue_releases(connection: Connection, context: Context) -> int:
    """Queue what was fixed for every new release; how many replays that made.

    A weakness is fixed where it came back once, and its case says so.
    """
    count = 0
    for release in connection.execute(select(RELEASES).where(RELEASES.c.queued == 0).order_by(RELEASES.c.entry)).all():
        for report in _fixed(connection):
            shown = _shown(connection, report)
            book.queue(connection, context, report, purpose="release", release=release.model, asked=shown)
            count += 1
        connection.execute(RELEASES.update().where(RELEASES.c.entry == release.entry).values(queued=1))
    return count


def _shown(connection: Connection, report: str) -> tuple[int, ...]:
    """The numbers of the conversations in which a report's weakness came back; none where it was another's."""
    mine = (REPLAYS.c.report == report) & (REPLAYS.c.purpose == "report") & (VERSIONS.c.reproduced == 1)
    query = select(VERSIONS.c.conversation).join(REPLAYS, REPLAYS.c.id == VERSIONS.c.replay)
    return tuple(sorted({max(1, number) for number in connection.execute(query.where(mine)).scalars()}))


def _fixed(connection: Connection) -> list[str]:
    shown = (
        select(REPLAYS.c.weakness)
        .join(VERSIONS, VERSIONS.c.replay == REPLAYS.c.id)
        .where(REPLAYS.c.purpose == "report", VERSIONS.c.reproduced == 1)
    )
    query = (
        select(REPLAYS.c.report)
        .join(WEAKNESSES, WEAKNESSES.c.id == REPLAYS.c.weakness)
        .join(CASES, CASES.c.id == REPLAYS.c.report)
        .join(REPORTS, REPORTS.c.id == REPLAYS.c.report)
        .where(REPLAYS.c.purpose == "report", WEAKNESSES.c.id.in_(shown), CASES.c.state.in_(FIXED))
        .where(REPLAYS.c.state == "recorded", REPORTS.c.discarded == 0)
        .distinct()
        .order_by(REPLAYS.c.report)
    )
    return list(connection.execute(query).scalars())
