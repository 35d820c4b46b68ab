"""The rows of replays, read as records; every change of state is guarded by the state before it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from kept.core.confinement import held_in_both
from kept.core.context import Context
from kept.core.model import Identity
from kept.core.replay import Attempt, outcomes_of
from kept.errors import Conflict, NotFound
from kept.practices.disclosure.records.replays import Offer, Purpose, Replay, Result, Said
from kept.practices.disclosure.service.moments import milliseconds
from kept.practices.disclosure.service.tables.intake import RELEASED, REPORTS, SEALED
from kept.practices.disclosure.service.tables.replays import ATTEMPTS, REPLAYS, VERSIONS, WEAKNESSES
from kept.practices.disclosure.service.tables.triage import CASES
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan

ENDED = ("recorded", "refused")
GONE = "What the report said is gone: it was discarded, or erased from quarantine."
SALT_BYTES = 32


class MovedError(Conflict):
    """Another process has changed a replay meanwhile."""


def queue(
    connection: Connection,
    context: Context,
    report: str,
    *,
    purpose: Purpose,
    severity: str = "",
    release: str = "",
    asked: Sequence[int] = (),
) -> str:
    """Enter a replay of a report, unless one of this purpose is under way; its id.

    `asked` are the numbers of the conversations that it is of; none are all. Raises NotFound, and Conflict where one of
    other conversations is under way, or where what the report said was discarded.
    """
    numbers = json.dumps(sorted(set(asked))) if asked else ""
    held = connection.execute(select(REPORTS).where(REPORTS.c.id == report)).one_or_none()
    if held is None:
        raise NotFound(
            f"There is no report {report[:40]!r}.", code="report.missing", hint="See them: kept disclosure list"
        )
    same = (REPLAYS.c.report == report) & (REPLAYS.c.purpose == purpose) & (REPLAYS.c.release == release)
    if held.discarded:
        raise Conflict(f"What {report} said was discarded, so that nothing can replay it.", code="report.discarded")
    going = select(REPLAYS.c.id, REPLAYS.c.asked).where(same, REPLAYS.c.state.not_in(ENDED))
    if found := connection.execute(going).first():
        if asked and found.asked != numbers:
            raise Conflict(
                f"The replay {found.id} of other conversations is under way.",
                code="replay.under-way",
                hint="Wait for it to end, or close it: kept disclosure settle --close",
            )
        return str(found.id)
    made = f"p-{context.entropy(8).hex()}"
    row = {
        "id": made, "report": report, "purpose": purpose, "programme": held.programme, "version": held.version,
        "state": "queued", "salt": context.entropy(SALT_BYTES), "seed": int.from_bytes(context.entropy(6)),
        "release": release, "script": "", "claimed": "", "severity": severity, "weakness": "", "submission": 0,
        "plan": "", "entry": -1, "problem": "", "created": milliseconds(context.clock()), "ended": 0,
        "asked": numbers,
    }  # fmt: skip
    connection.execute(REPLAYS.insert().values(**row))
    return made


def refuse_gone(connection: Connection, *, at: int) -> None:
    """Refuse what isn't planned yet of reports that can't be read any more."""
    unplanned = REPLAYS.c.state.in_(("queued", "surveyed"))
    gone = REPLAYS.update().where(unplanned, _is_gone())
    connection.execute(gone.values(state="refused", problem=GONE, ended=at))


def planned_gone(connection: Connection) -> Sequence[Row[Any]]:
    """The planned replays of reports that can't be read any more, the oldest first."""
    query = select(REPLAYS).where(REPLAYS.c.state == "planned", _is_gone())
    return connection.execute(query.order_by(REPLAYS.c.created, REPLAYS.c.id)).all()


def _is_gone() -> ColumnElement[bool]:
    """Whether what a replay's report said stands nowhere; what lies in quarantine may come back."""
    held = select(SEALED.c.report).union(select(RELEASED.c.report), select(CASES.c.id).where(CASES.c.quarantined))
    return REPLAYS.c.report.not_in(held)


def rows(connection: Connection, *states: str, only: str = "") -> Sequence[Row[Any]]:
    """The replays in these states, the oldest first."""
    query = select(REPLAYS).where(REPLAYS.c.state.in_(states)).order_by(REPLAYS.c.created, REPLAYS.c.id)
    return connection.execute(query.where(REPLAYS.c.id == only) if only else query).all()


def row(connection: Connection, replay: str) -> Row[Any]:
    """One replay. Raises NotFound."""
    found = connection.execute(select(REPLAYS).where(REPLAYS.c.id == replay)).one_or_none()
    if found is None:
        raise NotFound(f"There is no replay {replay[:40]!r}.", code="replay.missing", hint="kept disclosure replays")
    return found


def change(connection: Connection, replay: str, *, was: str, **values: Any) -> None:
    """Change a replay that stands in a state. Raises MovedError where another process was faster."""
    changed = connection.execute(
        REPLAYS.update().where(REPLAYS.c.id == replay, REPLAYS.c.state == was).values(**values)
    )
    if changed.rowcount != 1:
        raise MovedError(f"The replay {replay} is no longer {was}.", code="replay.moved", hint="Look at it again.")


def versions(connection: Connection, replay: str) -> Sequence[Row[Any]]:
    """On which versions it is made, in the order of its plan."""
    query = select(VERSIONS).where(VERSIONS.c.replay == replay).order_by(VERSIONS.c.position)
    return connection.execute(query).all()


def attempts(connection: Connection, replay: str, position: int) -> tuple[Attempt, ...]:
    """What was made on one version, by number; what was begun and not finished is left out."""
    mine = (ATTEMPTS.c.replay == replay) & (ATTEMPTS.c.position == position)
    query = select(ATTEMPTS).where(mine, ATTEMPTS.c.outcome != "").order_by(ATTEMPTS.c.number)
    return tuple(
        Attempt(each.number, each.outcome, "", each.asked, each.answered, (), each.requests, each.tokens)
        for each in connection.execute(query)
    )


def spent_on(connection: Connection, replay: str, name: str) -> tuple[int, int]:
    """The requests and tokens that all conversations of a replay took so far on the model of that name."""
    sums = select(
        func.coalesce(func.sum(ATTEMPTS.c.requests), 0), func.coalesce(func.sum(ATTEMPTS.c.tokens), 0)
    ).join_from(
        ATTEMPTS, VERSIONS, (VERSIONS.c.replay == ATTEMPTS.c.replay) & (VERSIONS.c.position == ATTEMPTS.c.position)
    )
    requests, tokens = connection.execute(sums.where(VERSIONS.c.replay == replay, VERSIONS.c.name == name)).one()
    return int(requests), int(tokens)


def plan_of(held: Row[Any]) -> DisclosureReplayPlan:
    """The plan of a planned replay, as it was recorded."""
    return DisclosureReplayPlan.of(**json.loads(held.plan))


def surveyed(held: Row[Any]) -> tuple[Said, ...]:
    """What the worker said of each conversation; of a replay of before, that there is one."""
    if not held.surveyed:
        return (Said(1, script=held.script, asks=1),) if held.script else ()
    return tuple(Said(**told) for told in json.loads(held.surveyed))


def planned_before(connection: Connection, report: str) -> tuple[int, ...]:
    """The numbers of a report's conversations that were planned once; those of before are the first."""
    query = select(VERSIONS.c.conversation).join(REPLAYS, REPLAYS.c.id == VERSIONS.c.replay)
    found = connection.execute(query.where(REPLAYS.c.report == report).distinct()).scalars()
    return tuple(sorted({max(1, number) for number in found}))


def confined(connection: Connection, *, replay: str, holds: tuple[str, ...]) -> None:
    """Keep how a sitting of the worker is confined: of several, what held in each in which attempts were made."""
    held = row(connection, replay)
    made = connection.execute(select(ATTEMPTS.c.number).where(ATTEMPTS.c.replay == replay).limit(1)).first()
    both = held_in_both(None if made is None else confinement_of(held), holds)
    connection.execute(REPLAYS.update().where(REPLAYS.c.id == replay).values(confined=json.dumps(both)))


def confinement_of(held: Row[Any]) -> tuple[str, ...] | None:
    """How the worker was confined while attempts were made; None before any, and where nobody kept it."""
    return tuple(json.loads(held.confined)) if held.confined else None


def identity_of(version: Row[Any]) -> Identity:
    """The identity of the model that a version is."""
    return Identity.of_document(json.loads(version.identity))


def read(connection: Connection, held: Row[Any]) -> Replay:
    """A replay as it stands."""
    found = versions(connection, held.id)
    made, requests, tokens = _spent(connection, held.id)
    plan = plan_of(held) if held.plan else None
    weakness = select(WEAKNESSES.c.first, WEAKNESSES.c.tries).where(WEAKNESSES.c.id == held.weakness)
    first, tries = connection.execute(weakness).one_or_none() or ("", 0)
    return Replay(
        id=held.id,
        report=held.report,
        purpose=held.purpose,
        programme=held.programme,
        version=held.version,
        state=held.state,
        severity=held.severity,
        weakness=held.weakness,
        first=str(first),
        submission=held.submission,
        tries=int(tries),
        offer=_offer(plan) if plan else None,
        plan=held.entry if held.entry >= 0 else None,
        made=made,
        requests=requests,
        tokens=tokens,
        problem=held.problem,
        conversations=tuple(each for each in surveyed(held) if each.wanted),
        confinement=confinement_of(held),
        results=tuple(_result(connection, held.id, each, plan) for each in found) if plan else (),
    )


def _offer(plan: DisclosureReplayPlan) -> Offer:
    return Offer(plan.attempts, plan.threshold, plan.level, len(plan.versions), len(plan.numbers))


def _result(connection: Connection, replay: str, version: Row[Any], plan: DisclosureReplayPlan) -> Result:
    outcomes = outcomes_of(attempts(connection, replay, version.position), planned=plan.attempts)
    recorded = version.entry >= 0
    return Result(
        model=version.name,
        conversation=version.conversation,
        outcomes=outcomes,
        counted=version.counted if recorded else "",
        deterministic=recorded and version.counted != outcomes,
        bound=version.bound if recorded else 0,
        reproduced=recorded and bool(version.reproduced),
        entry=version.entry if recorded else None,
    )


def _spent(connection: Connection, replay: str) -> tuple[int, int, int]:
    done = func.count().filter(ATTEMPTS.c.outcome != "")
    sums = select(done, func.coalesce(func.sum(ATTEMPTS.c.requests), 0), func.coalesce(func.sum(ATTEMPTS.c.tokens), 0))
    made, requests, tokens = connection.execute(sums.where(ATTEMPTS.c.replay == replay)).one()
    return int(made), int(requests), int(tokens)
