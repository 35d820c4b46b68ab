"""Alarms as rows, and what the ledger is told of them: never a name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.practices.weights.records.insiders import Alarm, Case, Reason
from kept.practices.weights.service.leasing.recording import salted
from kept.practices.weights.service.moments import milliseconds, moment
from kept.practices.weights.service.tables.insiders import ALARMS
from kept.predicates.insider_alarm import InsiderAlarm

SALT_BYTES = 32


def new_rows(context: Context, connection: Connection, source: str, alarms: Iterable[Alarm]) -> list[dict[str, Any]]:
    """The rows of those alarms that weren't raised before."""
    made = milliseconds(context.clock())
    found = []
    for alarm in alarms:
        known = select(ALARMS.c.id).where(
            ALARMS.c.source == source,
            ALARMS.c.day == alarm.day,
            ALARMS.c.tier == alarm.tier,
            ALARMS.c.rule == alarm.rule,
            ALARMS.c.person == alarm.actor,
        )
        if connection.execute(known).first() is None:
            found.append(_row(context, source, alarm, made))
    return found


def draft(context: Context, row: dict[str, Any], *, bound: float, by: Actor) -> Draft:
    """What the ledger is told of an alarm as it is now."""
    reasons = [row["rule"].replace(" ", "-")] if row["rule"] else []
    reasons += [reason["feature"].replace("_", "-") for reason in json.loads(row["reasons"])]
    made = InsiderAlarm.of(
        alarm=row["id"],
        tier=row["tier"],
        reasons=tuple(reasons) or ("several-days",),
        person=salted(row["person"], row["salt"]),
        state=row["state"],
        opened_by=sum(bool(row[each]) for each in ("first", "second")),
        events=row["events"],
        bytes=row["bytes"],
        bound=bound if row["tier"] == "guarantee" else None,
        since=f"{row['day']}T00:00:00Z",
        issued=format_time(context.clock()),
        by=by.id,
    )
    return Draft(made.to_statement())


def case(row: Row[Any] | dict[str, Any], *, name: str = "") -> Case:
    """What a row says; `name` only where two people opened the case."""
    held = row if isinstance(row, dict) else dict(row._mapping)
    return Case(
        id=held["id"],
        source=held["source"],
        day=held["day"],
        tier=held["tier"],
        rule=held["rule"],
        person=held["person"],
        raised=format_time(moment(held["raised"])),
        score=held["score"],
        events=held["events"],
        bytes=held["bytes"],
        words=held["words"],
        reasons=tuple(Reason(**each) for each in json.loads(held["reasons"])),
        state=held["state"],
        opened_by=tuple(held[each] for each in ("first", "second") if held[each]),
        closed_by=held["closed"],
        note=held["note"],
        name=name,
    )


def _row(context: Context, source: str, alarm: Alarm, made: int) -> dict[str, Any]:
    return {
        "id": f"a-{context.entropy(8).hex()}",
        "source": source,
        "day": alarm.day,
        "tier": alarm.tier,
        "rule": alarm.rule,
        "person": alarm.actor,
        "raised": made,
        "score": alarm.score,
        "events": alarm.events,
        "bytes": alarm.bytes,
        "words": alarm.words,
        "reasons": json.dumps([asdict(reason) for reason in alarm.reasons]),
        "state": "raised",
        "first": "",
        "second": "",
        "closed": "",
        "note": "",
        "salt": context.entropy(SALT_BYTES),
    }
