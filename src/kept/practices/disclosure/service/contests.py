"""The verbs of contests: who agreed to which name, and who stands where."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.errors import Invalid, NotFound
from kept.practices.disclosure.methods.contests import places
from kept.core.money import minor
from kept.practices.disclosure.records import Contest, Draft
from kept.practices.disclosure.records.contests import Evidence, Leaderboard
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.replays import REPLAYS, VERSIONS, WEAKNESSES
from kept.practices.disclosure.service.tables.rewards import PSEUDONYMS
from kept.practices.disclosure.service.tables.triage import CASES

_NAME = re.compile(r"[^\W_](?:[^\W_]|[ ._-](?=[^\W_])){0,39}")


class Contests(Programmes):
    """Keeps the leaderboards of contests."""

    _context: Context

    def contest_name(self, report: str, name: str, *, by: Actor) -> None:
        """Enter the pseudonym under which a report's reporter agreed to be shown; an empty one takes it back.

        Reports of one pseudonym are one entrant's. Raises Invalid for what is no plain name of at most 40 letters,
        digits and single spaces, dots or hyphens; NotFound, or Denied without the role.
        """
        check_role(by, "triage", to="enter names of reporters")
        if name and not _NAME.fullmatch(name):
            raise Invalid(
                f"{name[:80]!r} can't be shown as a name.",
                code="contest.name",
                hint="Up to 40 letters and digits, with single spaces, dots or hyphens between.",
            )
        row = {"report": report, "name": name, "at": milliseconds(self._context.clock()), "by": by.id}

        def work(connection: Connection) -> None:
            if connection.execute(select(REPORTS.c.id).where(REPORTS.c.id == report)).first() is None:
                raise NotFound(f"There is no report {report[:40]!r}.", code="report.missing")
            connection.execute(PSEUDONYMS.delete().where(PSEUDONYMS.c.report == report))
            if name:
                connection.execute(PSEUDONYMS.insert().values(**row))

        keep = self._context.store.write if name else self._context.store.erase
        keep(work)

    def contest_show(self, contest: str) -> Leaderboard:
        """How a contest ("programme/contest") stands, by what was replayed. Raises NotFound."""
        programme, _, name = contest.partition("/")
        draft = self.programme_show(programme).draft
        found = next((each for each in draft.contests if each.id == name), None)
        if found is None:
            raise NotFound(f"There is no contest {contest[:80]!r}.", code="contest.missing", hint="programme/contest")
        with self._context.store.read() as connection:
            evidence = _evidence(connection, programme, found)
            waiting = _waiting(connection, programme, found)
        prizes = {each.place: minor(each.amount, draft.currency) for each in found.prizes}
        past = format_time(self._context.clock()) > f"{found.closes}T23:59:59Z"
        return Leaderboard(
            contest=contest,
            title=found.title,
            opens=found.opens,
            closes=found.closes,
            currency=draft.currency,
            over=past and not waiting,
            waiting=waiting,
            places=places(evidence, prizes),
        )

    def contest_list(self) -> tuple[Leaderboard, ...]:
        """Every contest of the programmes as published last."""
        found: list[tuple[str, Draft]] = [(each.name, each.draft) for each in self.programme_list(closed=True)]
        return tuple(self.contest_show(f"{name}/{each.id}") for name, draft in found for each in draft.contests)


def _evidence(connection: Connection, programme: str, contest: Contest) -> list[Evidence]:
    """What came back of what was received in time: each weakness once, by the first report of it that was shown."""
    query = (
        select(REPLAYS.c.report, REPLAYS.c.weakness, REPORTS.c.received, PSEUDONYMS.c.name)
        .add_columns(func.coalesce(func.nullif(CASES.c.severity, ""), REPLAYS.c.severity).label("severity"))
        .add_columns(VERSIONS.c.bound, VERSIONS.c.entry)
        .join(VERSIONS, VERSIONS.c.replay == REPLAYS.c.id)
        .join(REPORTS, REPORTS.c.id == REPLAYS.c.report)
        .join(WEAKNESSES, WEAKNESSES.c.id == REPLAYS.c.weakness)
        .outerjoin(CASES, CASES.c.id == REPLAYS.c.report)
        .outerjoin(PSEUDONYMS, PSEUDONYMS.c.report == REPLAYS.c.report)
        .where(REPLAYS.c.purpose == "report", REPLAYS.c.state == "recorded", VERSIONS.c.reproduced == 1)
        .where(REPLAYS.c.programme == programme)
        .order_by(REPORTS.c.received, REPORTS.c.id, VERSIONS.c.bound.desc(), VERSIONS.c.entry)
    )
    found: dict[str, Evidence] = {}
    for row in connection.execute(query):
        if row.weakness not in found:
            found[row.weakness] = Evidence(
                row.report, told(row.received), row.severity, row.bound, row.entry, row.name or ""
            )
    opens, closes = f"{contest.opens}T00:00:00Z", f"{contest.closes}T23:59:59Z"
    return [each for each in found.values() if opens <= each.received <= closes]


def _waiting(connection: Connection, programme: str, contest: Contest) -> int:
    """How many reports that came in time are not replayed to the end."""
    going: ColumnElement[Any] = REPLAYS.c.state.not_in(("recorded", "refused"))
    query = (
        select(REPORTS.c.received)
        .join(REPLAYS, REPLAYS.c.report == REPORTS.c.id)
        .where(going, REPLAYS.c.purpose == "report", REPORTS.c.programme == programme)
    )
    opens, closes = f"{contest.opens}T00:00:00Z", f"{contest.closes}T23:59:59Z"
    return sum(opens <= told(received) <= closes for received in connection.execute(query).scalars())
