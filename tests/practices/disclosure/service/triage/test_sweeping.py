"""What runs out is marked once, and once more after a week; the ledger is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.errors import Denied
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
