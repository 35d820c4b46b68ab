"""The rows of rewards, read as records; every change of state is guarded by the state before it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kept.core.ledger.tree import size_of
from kept.errors import Conflict, Denied, NotFound
from kept.practices.disclosure.records import SEVERITIES
from kept.practices.disclosure.records.rewards import Reward
from kept.practices.disclosure.service.moments import told
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.practices.disclosure.service.tables.rewards import APPROVALS, PAYMENTS, REWARDS
from kept.practices.disclosure.service.tables.triage import CASES

PROMISED = ("approved", "paid")


class MovedError(Conflict):
    """What was counted has changed since."""


def committed(connection: Connection, programme: str, *, states: tuple[str, ...] = PROMISED) -> int:
    """What a programme has promised, or paid, in minor units."""
    total = select(func.coalesce(func.sum(REWARDS.c.amount), 0))
    mine = (REWARDS.c.programme == programme) & REWARDS.c.state.in_(states)
    return int(connection.execute(total.where(mine)).scalar_one())


def approvals(connection: Connection, reward: str) -> tuple[str, ...]:
    """Who approved a reward, in order."""
    query = select(APPROVALS.c.by).where(APPROVALS.c.reward == reward).order_by(APPROVALS.c.at, APPROVALS.c.by)
    return tuple(connection.execute(query).scalars())


def change(connection: Connection, reward: str, *, was: str, **values: Any) -> None:
    """Change a reward that stands in a state. Raises Conflict where it no longer does."""
    changed = connection.execute(
        REWARDS.update().where(REWARDS.c.id == reward, REWARDS.c.state == was).values(**values)
    )
    if changed.rowcount != 1:
        raise Conflict(f"The reward {reward} is no longer {was}.", code="reward.state")


def entries_with(connection: Connection, reward: str) -> str:
    """The indices of a reward's statements, and the one that is recorded now."""
    entries = json.loads(row(connection, reward).entries)
    return json.dumps([*entries, size_of(connection)])


def row(connection: Connection, reward: str) -> Row[Any]:
    """One reward. Raises NotFound."""
    found = connection.execute(select(REWARDS).where(REWARDS.c.id == reward)).one_or_none()
    if found is None:
        raise NotFound(
            f"There is no reward {reward[:40]!r}.", code="reward.missing", hint="kept disclosure reward list"
        )
    return found


def report_row(connection: Connection, report: str) -> Row[Any]:
    """One report, as it came in. Raises NotFound."""
    found = connection.execute(select(REPORTS).where(REPORTS.c.id == report)).one_or_none()
    if found is None:
        raise NotFound(f"There is no report {report[:40]!r}.", code="report.missing", hint="kept disclosure list")
    return found


def triaged(connection: Connection, report: str) -> str:
    """What triage found. Raises Denied before it assessed the report: nobody is paid by what they claim."""
    found = connection.execute(select(CASES.c.severity).where(CASES.c.id == report)).scalar()
    if found not in SEVERITIES:
        raise Denied(
            f"Triage hasn't said how severe {report} is.", code="reward.severity", hint="kept disclosure triage assess"
        )
    return str(found)


def read(connection: Connection, held: Row[Any]) -> Reward:
    """A reward as it stands."""
    payment = connection.execute(select(PAYMENTS.c.reference).where(PAYMENTS.c.reward == held.id)).scalar()
    return Reward(
        id=held.id,
        kind=held.kind,
        state=held.state,
        programme=held.programme,
        report=held.report,
        weakness=held.weakness,
        severity=held.severity,
        contest=held.contest,
        amount=held.amount,
        currency=held.currency,
        replay=held.replay,
        required=held.required,
        approvals=approvals(connection, held.id),
        created=told(held.created),
        reference=str(payment or ""),
        reason=held.reason,
        entries=tuple(json.loads(held.entries)),
    )
