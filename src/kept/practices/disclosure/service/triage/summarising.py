"""The verbs that tell others what became of reports: a summary with intervals, and what was fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from kept.core import estimate
from kept.core.actor import Actor, check_role
from kept.core.context import Context, format_time
from kept.core.estimate.survival import Waited, median
from kept.core.ledger import Draft
from kept.core.model import Identity
from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.clocks import LIMITS
from kept.practices.disclosure.methods.triage.states import ENDED, decision_of, is_fixed
from kept.practices.disclosure.records.triage import Case, Event, Summarised
from kept.practices.disclosure.service.moments import milliseconds, moment_at, moment_of
from kept.practices.disclosure.service.tables.triage import CASES, SUMMARIES
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.naming import report_digest
from kept.practices.disclosure.service.triage.reading import Reading
from kept.predicates.disclosure_fix import DisclosureFix
from kept.predicates.disclosure_summary import MOST, DisclosureSummary

DAYS, LONGEST_DAYS = 365, 3650
LEVEL = 0.95
_SALT_BYTES = 32
_PLACES = 4
"""Of days: the last one is nine seconds."""
_OPEN = frozenset({"running", "waiting", "overdue"})


class Summarising(Reading):
    """Sums up cases, and says what was fixed."""

    _context: Context

    def summary(self, *, days: int = DAYS, by: Actor) -> Summarised:
        """Record what became of the reports of the last days, and how all cases stand now.

        Raises Denied without the role, and Invalid for days that are none, or over 10,000 reports in them.
        """
        check_role(by, "triage", to="summarise reports")
        if not 1 <= days <= LONGEST_DAYS:
            raise Invalid(f"A summary is of 1 to {LONGEST_DAYS} days.", code="summary.days")
        now = self._context.clock()
        since = now - timedelta(days=days)
        with self._context.store.read() as connection:
            rows = connection.execute(select(CASES).order_by(CASES.c.received, CASES.c.id)).all()
            cases = self._cases(connection, rows, events=True)
        said = _summed(cases, since=since, now=now, by=by)
        salt = self._context.entropy(_SALT_BYTES)
        digest = hashlib.sha256(salt + "".join(sorted(row.head for row in rows)).encode()).hexdigest()

        def kept(connection: Connection) -> None:
            connection.execute(SUMMARIES.insert().values(digest=digest, salt=salt, at=milliseconds(now)))

        (receipt,) = self._context.ledger.record(Draft(said.to_statement(digest=digest)), by=by, rows=kept)
        return Summarised(receipt.index, said.model_dump(mode="json"))

    async def triage_fix(
        self,
        case: str,
        *,
        models: Sequence[str],
        version: str,
        how: str,
        evidence: Sequence[int] = (),
        reason: str = "",
        by: Actor,
    ) -> Case:
        """Say that versions of models no longer show a weakness, and record it for each; the reporter is told.

        1. Each model, by its name in kept.toml, is opened, so that what was fixed is what it is today.
        2. The event and the statements are recorded in one transaction.

        `how` is model, safeguard, system prompt, configuration or withdrawn; `evidence` are the entries of replays.
        Raises Denied without the role, NotFound, Conflict where the case's state doesn't allow it, Invalid for what the
        statement doesn't take or where no model is named, and whatever opening a model raises.
        """
        check_role(by, "triage", to="record fixes")
        if not models:
            raise Invalid("No model was named.", code="triage.fix", hint="Name each that was fixed: --model NAME")
        # 1.
        opened = [(name, await self._identity(name)) for name in models]
        # 2.
        said = {"version": version, "how": how, "evidence": tuple(evidence)}
        drafts = self._fixes(case, opened, said, by=by)

        def work(connection: Connection) -> None:
            details = {"models": [name for name, _ in opened], "version": version, "how": how}
            Casebook(self._context).append(
                connection, case, "fixed", by=by.id, audience="everyone", details=details, text=reason.strip()
            )

        self._context.ledger.record(drafts, by=by, rows=work)
        return self.triage_show(case, by=by)

    def _fixes(
        self, case: str, opened: Sequence[tuple[str, Identity]], said: Mapping[str, Any], *, by: Actor
    ) -> list[Draft]:
        """A statement for each model that was opened, of a report so old and so grave. Raises NotFound or Invalid."""
        now = self._context.clock()
        with self._context.store.read() as connection:
            row = Casebook(self._context).row(connection, case)
            report = report_digest(connection, row)
        about = {
            **said,
            "report": f"sha256:{report}",
            "severity": row.severity or "unknown",
            "days": round((now - moment_of(row.received)).total_seconds() / 86_400, _PLACES),
            "issued": format_time(now),
            "by": by.id,
        }
        made = [(name, DisclosureFix.of(model=identity.id, **about)) for name, identity in opened]
        return [Draft(each.to_statement(model_name=name), model=each.model) for name, each in made]

    async def _identity(self, name: str) -> Identity:
        model = self._context.open_model(name)
        try:
            return model.identity
        finally:
            await model.close()


def _summed(cases: Sequence[Case], *, since: datetime, now: datetime, by: Actor) -> DisclosureSummary:
    within = [case for case in cases if moment_at(case.received) >= since]
    if len(within) > MOST:
        raise Invalid(
            f"{len(within):,} reports came in; a summary takes {MOST:,}.", code="summary.many", hint="Use fewer --days."
        )
    kinds = {case.id: _kinds(case.events) for case in within}
    seen = [case for case in within if kinds[case.id] & {"reproduced", "fixed"}]
    acknowledge = sorted(_took(case.events, LIMITS["acknowledge"].until, now) for case in within)
    fix = sorted(_took(case.events, ("fixed",), now, undone="regressed") for case in seen)
    fixed = [case.id for case in within if is_fixed(each.kind for each in case.events)]
    decided = [case for case in within if kinds[case.id] & {"reproduced", "fixed", "not reproduced"}]
    decisions = [decision_of(each.kind for each in case.events) for case in within]
    owed = [case for case in cases if any(clock.standing in _OPEN for clock in case.clocks)]
    return DisclosureSummary.of(
        since=format_time(since),
        until=format_time(now),
        received=len(within),
        merged=decisions.count("duplicate"),
        out_of_scope=decisions.count("out of scope"),
        decided=len(decided),
        reproduced=len(seen),
        fixed=len(fixed),
        published=sum("published" in found for found in kinds.values()),
        unpublished=sum("published" not in kinds[case] for case in fixed),
        open=len(owed),
        overdue=sum(bool(case.overdue) for case in cases),
        acknowledge=[{"days": days, "ended": ended} for days, ended in acknowledge],
        fix=[{"days": days, "ended": ended} for days, ended in fix],
        level=LEVEL,
        time_to_acknowledge=median([Waited(*each) for each in acknowledge], level=LEVEL).document(),
        time_to_fix=median([Waited(*each) for each in fix], level=LEVEL).document(),
        reproduction=estimate.clopper_pearson(len(seen), len(decided), level=LEVEL).document(),
        issued=format_time(now),
        by=by.id,
    )


def _kinds(events: Sequence[Event]) -> set[str]:
    """The kinds of a case's events; what a replay came to counts as if somebody had said it."""
    replays = [bool(each.details.get("reproduced")) for each in events if each.kind == "replayed"]
    said = {each.kind for each in events}
    return said | {"reproduced" if found else "not reproduced" for found in replays}


def _took(events: Sequence[Event], until: Sequence[str], now: datetime, *, undone: str = "") -> tuple[float, bool]:
    """How many days it took from the report to the first of some events, or to where the case ended without one.

    What was before an event that has `undone` it doesn't count.
    """
    received = moment_at(events[0].at)
    since = max((at for at, each in enumerate(events) if each.kind == undone), default=0)
    stopped = next((moment_at(each.at) for each in events[since:] if each.kind in until), None)
    ends = [moment_at(each.at) for each in events if each.kind in ENDED]
    end = stopped or (ends[-1] if ends and _is_over(events) else now)
    return round((end - received).total_seconds() / 86_400, _PLACES), stopped is not None


def _is_over(events: Sequence[Event]) -> bool:
    """Whether the case has ended and was not reopened since."""
    last = [each.kind for each in events if each.kind in ENDED or each.kind == "reopened"]
    return bool(last) and last[-1] in ENDED
