"""What a reward rests on: a replay that carries it, of a weakness that nobody reported before, and that is in scope."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from kept.errors import Conflict
from kept.practices.disclosure.methods.replay.offers import offer_of
from kept.practices.disclosure.records import Programme
from kept.practices.disclosure.service.replaying.planning import reproduced
from kept.practices.disclosure.service.tables.replays import REPLAYS, VERSIONS
from kept.practices.disclosure.service.triage import families


@dataclass(frozen=True, slots=True)
class Carried:
    """The index of the replay that carries a reward, its weakness, and all reports that are one case by triage."""

    entry: int
    weakness: str
    reports: tuple[str, ...]


def carried(connection: Connection, report: str, programme: Programme, severity: str) -> Carried:
    """What carries a reward for a report, in three steps.

    1. Its case goes on: it wasn't merged into another, and the programme is for it.
    2. The best replay, of it or of what was merged into it, shows what a weakness of the severity has to show.
    3. Of all that reported this weakness, and showed it, it is the first.

    Raises Conflict where one of these doesn't hold.
    """
    # 1.
    into = families.merged(connection)
    if (root := families.root_of(report, into)) != report:
        raise Conflict(
            f"{report} was merged into {root}, which goes on for both.",
            code="reward.duplicate",
            hint=f"kept disclosure reward propose {root}",
        )
    if families.decision(connection, report) == "out of scope":
        raise Conflict(
            f"Triage said that the programme isn't for {report}.",
            code="reward.scope",
            hint=f"If it is: kept disclosure triage move {report} reopened --reason …",
        )
    # 2.
    reports = families.family(report, into)
    query = (
        select(VERSIONS.c.bound, VERSIONS.c.entry, REPLAYS.c.weakness)
        .join(REPLAYS, REPLAYS.c.id == VERSIONS.c.replay)
        .where(REPLAYS.c.report.in_(reports), REPLAYS.c.purpose == "report", REPLAYS.c.state == "recorded")
        .order_by(VERSIONS.c.bound.desc(), VERSIONS.c.entry)
    )
    best = connection.execute(query).first()
    needed = offer_of(programme.draft, severity).threshold
    if best is None or best.entry < 0 or best.bound < needed:
        shown = "nothing" if best is None else f"at least {best.bound / 1e6:.4f}"
        raise Conflict(
            f"The replays of {report} show {shown}; a weakness that is {severity} has to show {needed / 1e6:g}.",
            code="reward.gate",
            hint="See them: kept disclosure replays",
        )
    # 3.
    first = families.root_of(reproduced(connection, best.weakness) or report, into)
    if first != report:
        raise Conflict(f"The weakness was first reported, and shown, by {first}.", code="reward.duplicate")
    return Carried(int(best.entry), str(best.weakness), reports)
