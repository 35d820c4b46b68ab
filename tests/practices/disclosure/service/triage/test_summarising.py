"""What became of reports is summed up from their events, recorded, and computed again by whoever reads it."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kept.errors import Conflict, Denied, Invalid
from kept.practices.disclosure.service.tables.triage import CASES, SUMMARIES
from kept.predicates import disclosure_fix, disclosure_summary
from kept.predicates.disclosure_fix import DisclosureFix
from kept.predicates.disclosure_summary import DisclosureSummary
from simulators import disclosure_room, reporter
from simulators.cases import ADA, VISITOR, Turning, begun, fixing
from simulators.disclosure_room import ASSISTANT, Room


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock) as found:
        yield found


def fixed(room: Room, case: str, **more: object) -> object:
    told = {"models": ["assistant"], "version": "2", "how": "model", "by": room.actor, **more}
    return asyncio.run(room.service.triage_fix(case, **told))


def test_a_summary_of_nothing_says_so(room: Room) -> None:
    said = room.service.summary(by=room.actor).summary
    assert (said["received"], said["open"], said["overdue"]) == (0, 0, 0)
    assert said["time_to_fix"]["value"] is None
    assert said["reproduction"]["method"] == "none assessed"


def test_cases_are_counted_by_what_became_of_them(room: Room, clock: Turning) -> None:
    names = [begun(room, number) for number in range(1, 9)]
    clock.turn(1)
    for case in names[:6]:
        room.service.triage_acknowledge(case, by=ADA)
    room.service.triage_move(names[1], "not reproduced", reason="No.", by=ADA)
    room.service.triage_move(names[2], "out of scope", reason="No.", by=ADA)
    room.service.triage_merge(names[3], names[0], reason="Same.", by=ADA)
    for case in names[2:4]:
        room.service.triage_close(case, reason="That is all.", by=ADA)
    for case in (names[0], names[4]):
        room.service.triage_move(case, "reproduced", reason="Yes.", by=ADA)
    clock.turn(9)
    fixed(room, names[0])
    made = room.service.summary(by=room.actor)
    said = made.summary
    counts = {name: said[name] for name in ("received", "merged", "out_of_scope", "decided", "reproduced", "fixed")}
    assert counts == {"received": 8, "merged": 1, "out_of_scope": 1, "decided": 3, "reproduced": 2, "fixed": 1}
    assert (said["open"], said["overdue"]) == (5, 2)
    assert [(each["days"], each["ended"]) for each in said["fix"]] == [(10.0, False), (10.0, True)]
    assert [(each["days"], each["ended"]) for each in said["acknowledge"]] == [(1.0, True)] * 6 + [(10.0, False)] * 2
    assert said["time_to_acknowledge"]["value"] == 1.0
    (held,) = room.ledger.statements(disclosure_summary.TYPE)
    assert held.statement is not None
    read = DisclosureSummary.parse(held.statement)
    read.check()
    assert (held.entry.index, read.model_dump(mode="json")) == (made.recorded, said)


def test_what_came_back_is_not_fixed_until_it_is_fixed_again(room: Room, clock: Turning) -> None:
    case = begun(room, 1)
    fixing(room, case)
    clock.turn(4)
    fixed(room, case)
    clock.turn(2)
    room.service.triage_move(case, "regressed", reason="It is back.", by=ADA)
    said = room.service.summary(by=room.actor).summary
    assert (said["fixed"], said["unpublished"], said["reproduced"], said["fix"]) == (
        0, 0, 1, [{"days": 6.0, "ended": False}],
    )  # fmt: skip
    clock.turn(1)
    fixed(room, case)
    said = room.service.summary(by=room.actor).summary
    assert (said["fixed"], said["unpublished"], said["fix"]) == (1, 1, [{"days": 7.0, "ended": True}])


def test_it_commits_to_the_last_event_of_every_case(room: Room) -> None:
    begun(room, 1), begun(room, 2)
    room.service.summary(by=room.actor)
    (held,) = room.ledger.statements(disclosure_summary.TYPE)
    with room.store.read() as connection:
        heads = sorted(connection.execute(select(CASES.c.head)).scalars())
        row = connection.execute(select(SUMMARIES)).one()
    assert held.statement is not None
    digest = held.statement.subjects[0].digest["sha256"]
    assert digest == row.digest == hashlib.sha256(row.salt + "".join(heads).encode()).hexdigest()


def test_only_the_reports_of_the_days_asked_for_are_in_it_and_all_that_is_overdue(room: Room, clock: Turning) -> None:
    begun(room, 1)
    clock.turn(40)
    begun(room, 2)
    said = room.service.summary(days=30, by=room.actor).summary
    assert (said["received"], said["open"], said["overdue"]) == (1, 2, 1)
    for days in (0, 4000):
        with pytest.raises(Invalid, match="1 to 3650"):
            room.service.summary(days=days, by=room.actor)
    with pytest.raises(Denied):
        room.service.summary(by=VISITOR)


def test_a_fix_is_recorded_for_each_model_and_told_to_the_reporter(room: Room, clock: Turning) -> None:
    room.ready()
    case = room.service.receive(reporter.sealed(*room.recipients), programme="assistant", by=ADA).report
    fixing(room, case)
    clock.turn(3)
    found = fixed(room, case, reason="It refuses now.")
    assert found.state == "fixed"
    (held,) = room.ledger.statements(disclosure_fix.TYPE)
    assert held.statement is not None
    read = DisclosureFix.parse(held.statement)
    acknowledged = next(iter(room.ledger.statements("https://kept.example/predicates/disclosure-report/v1")))
    assert acknowledged.predicate is not None
    assert read.report == acknowledged.predicate["report"]
    assert (read.model, read.severity, read.days, read.how) == (ASSISTANT.id, "high", 3.0, "model")
    assert held.entry.model == ASSISTANT.id
    assert room.service.triage_progress(case).events[-1].text == "It refuses now."


def test_what_is_not_being_fixed_is_not_fixed(room: Room) -> None:
    case = begun(room)
    size = room.ledger.size()
    with pytest.raises(Conflict, match="can't become fixed"):
        fixed(room, case)
    with pytest.raises(Invalid, match="malformed"):
        fixed(room, case, how="magic")
    with pytest.raises(Invalid, match="No model"):
        fixed(room, case, models=[])
    assert room.ledger.size() == size
