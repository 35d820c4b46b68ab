"""What runs out is marked once, and once more after a week; the ledger is left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kept.core.context import format_time
from kept.errors import Denied
from kept.practices.disclosure.service.triage import sweeping
from simulators import disclosure_room
from simulators.cases import ADA, VISITOR, Turning, begun, fixing
from simulators.disclosure_room import Room


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock) as found:
        yield found


def test_a_clock_that_ran_out_is_marked_once_and_again_after_a_week(room: Room, clock: Turning) -> None:
    late, done = begun(room, 1), begun(room, 2)
    room.service.triage_close(done, reason="Spam.", by=ADA)
    size = room.ledger.size()
    assert room.service.sweep().overdue == ()
    clock.turn(4)
    assert room.service.sweep().overdue == ((late, "acknowledge"),)
    assert room.service.sweep().overdue == ()
    clock.turn(7)
    assert room.service.sweep().overdue == ((late, "acknowledge"),)
    assert room.service.sweep().overdue == ()
    marks = [each for each in room.service.triage_show(late, by=ADA).events if each.kind == "overdue"]
    assert [(each.by, each.details["level"], each.audience) for each in marks] == [
        ("kept", 1, "staff"),
        ("kept", 2, "staff"),
    ]
    assert room.ledger.size() == size
    assert room.service.triage_progress(late).events[-1].kind == "received"
    room.service.triage_audit(by=ADA)


def test_what_was_marked_and_got_more_time_is_marked_anew(room: Room, clock: Turning) -> None:
    case = begun(room)
    fixing(room, case)
    clock.turn(50)
    room.service.triage_extend(case, "fix", 20, reason="Longer.", by=ADA)
    clock.turn(11)
    assert room.service.sweep().overdue == ()
    clock.turn(20)
    assert room.service.sweep().overdue == ((case, "fix"),)


def test_what_another_marks_or_does_meanwhile_is_not_marked_again(
    room: Room, clock: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = begun(room, 1), begun(room, 2)
    clock.turn(4)
    write = room.store.write

    def late(work: Any) -> Any:
        monkeypatch.undo()
        room.service.triage_acknowledge(second, by=ADA)
        assert room.service.sweep().overdue == ((first, "acknowledge"),)
        return write(work)

    monkeypatch.setattr(room.store, "write", late)
    assert room.service.sweep().overdue == ()
    kinds = [each.kind for case in (first, second) for each in room.service.triage_show(case, by=ADA).events]
    assert kinds.count("overdue") == 1


def test_it_takes_the_role(room: Room) -> None:
    with pytest.raises(Denied):
        room.service.sweep(by=VISITOR)


def test_what_ran_out_is_due_for_whom_it_is_assigned_to_and_a_week_later_for_the_next(
    room: Room, clock: Turning
) -> None:
    late, done = begun(room, 1), begun(room, 2)
    room.service.triage_close(done, reason="Spam.", by=ADA)
    assert room.service.dues() == ()
    clock.turn(4)
    (due,) = room.service.dues()
    assert (due.subject, due.clock, due.people, due.level, due.role) == (late, "acknowledge", (), 0, "triage")
    assert due.page == f"/disclosure/triage/{late}"
    room.service.triage_assign(late, "ben", by=ADA)
    clock.turn(7)
    (again,) = room.service.dues()
    assert (again.people, again.level, again.due) == (("ben",), 1, due.due)
    assert again.key != due.key
    room.service.triage_acknowledge(late, by=ADA)
    assert room.service.dues() == ()


def test_what_is_due_is_what_the_cases_show(room: Room, clock: Turning) -> None:
    """Of a case, only what its clocks look at is read for it; that changes nothing."""
    cases = [begun(room, number) for number in range(1, 7)]
    clock.turn(1.37)
    room.service.triage_acknowledge(cases[0], by=ADA)
    room.service.triage_wait(cases[1], reason="What did you see?", by=ADA)
    fixing(room, cases[2])
    room.service.triage_extend(cases[3], "assess", 9, reason="Longer.", by=ADA)
    for case in cases:
        room.service.triage_note(case, "A note.", by=ADA)
    room.service.triage_close(cases[4], reason="Spam.", by=ADA)
    for _ in range(4):
        clock.turn(23.7)
        room.service.sweep()
        shown = [room.service.triage_show(case, by=ADA) for case in cases]
        owed = {(case.id, each.clock, each.due) for case in shown for each in case.clocks if each.standing == "overdue"}
        assert {(due.subject, due.clock, format_time(due.due)) for due in room.service.dues()} == owed
    assert len(owed) > 12


def test_a_case_that_ends_meanwhile_hides_no_other(room: Room, clock: Turning, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [begun(room, number) for number in range(1, 6)]
    clock.turn(4)
    read = type(room.service)._clocks

    def closing(self: Any, connection: Any, rows: Any, **more: Any) -> Any:
        found = read(self, connection, rows, **more)
        if rows[0].id == cases[0]:
            room.service.triage_close(cases[0], reason="Spam.", by=ADA)
        return found

    monkeypatch.setattr(sweeping, "_BATCH", 2)
    monkeypatch.setattr(type(room.service), "_clocks", closing)
    assert [due.subject for due in room.service.dues()] == cases
