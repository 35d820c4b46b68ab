"""The verbs of contests: who agreed to which name, and who stands where."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.money import minor
from kept.errors import Invalid, NotFound
from kept.practices.disclosure.methods.contests import is_name, places
from kept.practices.disclosure.methods.programmes import draft_of
from kept.practices.disclosure.methods.triage.states import ENDED
from kept.practices.disclosure.records import Contest, Draft
from kept.practices.disclosure.records.contests import Evidence, Leaderboard
from kept.practices.disclosure.service.moments import milliseconds, told
from kept.practices.disclosure.service.programmes import Programmes
from kept.practices.disclosure.service.replaying.book import ENDED as ENDED_REPLAYS
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.programmes import PROGRAMMES
from kept.practices.disclosure.service.tables.replays import REPLAYS, VERSIONS
from kept.practices.disclosure.service.tables.rewards import PSEUDONYMS
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage import families


class Contests(Programmes):
    """Keeps the leaderboards of contests."""

    _context: Context

    def contest_name(self, report: str, name: str, *, by: Actor) -> None:
        """Enter the pseudonym under which a report's reporter agreed to be shown; an empty one takes it back.

        Reports of one pseudonym are one entrant's. Raises Invalid for what is no plain name of at most 40 letters,
        digits and single spaces, dots, hyphens or apostrophes; NotFound, or Denied without the role.
        """
        check_role(by, "triage", to="enter names of reporters")
        name = unicodedata.normalize("NFC", name)
        if name and not is_name(name):
            raise Invalid(
                f"{name[:80]!r} can't be shown as a name.",
                code="contest.name",
                hint="Up to 40 letters and digits, with single spaces, dots, hyphens or apostrophes between.",
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
        draft, found = self._announced().get((programme, name), (None, None))
        if draft is None or found is None:
            raise NotFound(f"There is no contest {contest[:80]!r}.", code="contest.missing", hint="programme/contest")
        with self._context.store.read() as connection:
            evidence = _evidence(connection, programme, found)
            waiting = _waiting(connection, programme, found, evidence)
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
        """Every contest that was ever announced, those of programmes that are closed, too."""
        return tuple(self.contest_show(f"{programme}/{name}") for programme, name in self._announced())

    def _announced(self) -> Mapping[tuple[str, str], tuple[Draft, Contest]]:
        """Every contest by its programme's name and its own, as the last version has it that names it."""
        query = select(PROGRAMMES.c.name, PROGRAMMES.c.draft).order_by(PROGRAMMES.c.name, PROGRAMMES.c.version.desc())
        found: dict[tuple[str, str], tuple[Draft, Contest]] = {}
        with self._context.store.read() as connection:
            for row in connection.execute(query):
                draft = draft_of(json.loads(row.draft))
                for each in draft.contests:
                    found.setdefault((row.name, each.id), (draft, each))
        return found


@dataclass(slots=True)
class _Shown:
    """What the replays of one case came to: the best bound, and of which weaknesses they are."""

    bound: int = 0
    entry: int = -1
    weaknesses: set[str] = field(default_factory=set)


def _evidence(connection: Connection, programme: str, contest: Contest) -> list[Evidence]:
    """What came back of what was received in time: each weakness once, by the first report of it that was shown.

    What was merged counts for the case that it was merged into, and what triage found to be out of scope for nobody.
    """
    shown = _shown(connection, programme)
    query = (
        select(REPORTS.c.id, REPORTS.c.received, CASES.c.severity, PSEUDONYMS.c.name)
        .outerjoin(CASES, CASES.c.id == REPORTS.c.id)
        .outerjoin(PSEUDONYMS, PSEUDONYMS.c.report == REPORTS.c.id)
        .where(REPORTS.c.id.in_(shown))
        .order_by(REPORTS.c.received, REPORTS.c.recorded)
    )
    found: list[Evidence] = []
    seen: set[str] = set()
    for row in connection.execute(query).all():
        mine = shown[row.id]
        if families.decision(connection, row.id) != "out of scope":
            if not mine.weaknesses & seen:
                told_ = told(row.received), row.severity or "", mine.bound, mine.entry, row.name or ""
                found.append(Evidence(row.id, *told_))
            seen |= mine.weaknesses
    opens, closes = f"{contest.opens}T00:00:00Z", f"{contest.closes}T23:59:59Z"
    return [each for each in found if opens <= each.received <= closes]


def _shown(connection: Connection, programme: str) -> Mapping[str, _Shown]:
    """What replays showed to come back, by the case that goes on."""
    query = (
        select(REPLAYS.c.report, REPLAYS.c.weakness, VERSIONS.c.bound, VERSIONS.c.entry)
        .join(VERSIONS, VERSIONS.c.replay == REPLAYS.c.id)
        .where(REPLAYS.c.purpose == "report", REPLAYS.c.state == "recorded", VERSIONS.c.reproduced == 1)
        .where(REPLAYS.c.programme == programme)
        .order_by(VERSIONS.c.entry)
    )
    into = families.merged(connection)
    found: dict[str, _Shown] = defaultdict(_Shown)
    for row in connection.execute(query):
        mine = found[families.root_of(row.report, into)]
        mine.weaknesses.add(row.weakness)
        if row.bound > mine.bound:
            mine.bound, mine.entry = row.bound, row.entry
    return found


def _waiting(connection: Connection, programme: str, contest: Contest, evidence: Iterable[Evidence]) -> int:
    """How many reports that came in time may still change who stands where.

    Those that nobody read or that are being replayed, unless triage ended them otherwise, and those that came back
    before triage said how severe they are.
    """
    going = select(REPLAYS.c.report).where(REPLAYS.c.purpose == "report", REPLAYS.c.state.not_in(ENDED_REPLAYS))
    tried = select(REPLAYS.c.report).where(REPLAYS.c.purpose == "report")
    unread = REPORTS.c.id.not_in(tried) & (REPORTS.c.discarded == 0) & CASES.c.state.not_in(ENDED)
    query = (
        select(REPORTS.c.id, REPORTS.c.received)
        .outerjoin(CASES, CASES.c.id == REPORTS.c.id)
        .where(REPORTS.c.programme == programme, REPORTS.c.id.in_(going) | unread)
    )
    opens, closes = f"{contest.opens}T00:00:00Z", f"{contest.closes}T23:59:59Z"
    found = {row.id for row in connection.execute(query).all() if opens <= told(row.received) <= closes}
    declined = {each for each in found if families.decision(connection, each) == "out of scope"}
    return len((found - declined) | {each.report for each in evidence if not each.severity})
