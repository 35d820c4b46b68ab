"""Which cases are one by what triage said: those that were merged, and the oldest, which goes on for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from kept.practices.disclosure.methods.triage.states import decision_of
from kept.practices.disclosure.service.tables.triage import CASES, EVENTS


def merged(connection: Connection) -> Mapping[str, str]:
    """Every case that was merged, with the older one that it was merged into."""
    query = select(CASES.c.id, CASES.c.merged_into).where(CASES.c.merged_into != "")
    return {row.id: row.merged_into for row in connection.execute(query)}


def root_of(case: str, into: Mapping[str, str]) -> str:
    """The case that goes on for this one: each is merged into an older one, so that this comes to an end."""
    while case in into:
        case = into[case]
    return case


def family(case: str, into: Mapping[str, str]) -> tuple[str, ...]:
    """The case, and all that were merged into it, also by way of others."""
    return (case, *sorted(each for each in into if each != case and root_of(each, into) == case))


def decision(connection: Connection, case: str) -> str:
    """What triage decided of a case, and didn't take back; "" for nothing."""
    query = select(EVENTS.c.kind).where(EVENTS.c.case == case).order_by(EVENTS.c.number)
    return decision_of(connection.execute(query).scalars())
