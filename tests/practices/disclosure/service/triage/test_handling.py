"""A case is moved along by people with the role, with reasons, as its state allows; every change is an event."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound
from simulators import disclosure_room
from simulators.cases import ADA, BEN, VISITOR, Turning, begun, fixing
from simulators.disclosure_room import Room
from simulators.remains import files_with


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock) as found:
        yield found


def test_whoever_acknowledges_a_report_answers_for_it(room: Room, clock: Turning) -> None:
    case = begun(room)
    clock.turn(1)
    found = room.service.triage_acknowledge(case, by=ADA)
    assert (found.state, found.assignee) == ("acknowledged", "ada")
    assert [(each.kind, each.by) for each in found.events] == [
        ("received", "reporter"),
        ("assigned", "ada"),
        ("acknowledged", "ada"),
    ]
    assert {each.clock: each.standing for each in found.clocks}["acknowledge"] == "met"
    with pytest.raises(Conflict, match="A case that is acknowledged"):
        room.service.triage_acknowledge(case, by=BEN)
    assert room.service.triage_assign(case, "ben", by=ADA).assignee == "ben"


def test_it_takes_the_role(room: Room) -> None:
    case = begun(room)
    for verb in (
        lambda: room.service.triage_acknowledge(case, by=VISITOR),
        lambda: room.service.triage_assign(case, "vic", by=VISITOR),
        lambda: room.service.triage_move(case, "fixing", reason="x", by=VISITOR),
        lambda: room.service.triage_note(case, "x", by=VISITOR),
        lambda: room.service.triage_close(case, reason="x", by=VISITOR),
        lambda: room.service.triage_embargo(case, until="2026-12-24", reason="x", by=VISITOR),
        lambda: room.service.triage_list(by=VISITOR),
        lambda: room.service.triage_show(case, by=VISITOR),
        lambda: room.service.triage_audit(by=VISITOR),
    ):
        with pytest.raises(Denied, match="may not"):
            verb()
    assert room.service.triage_acknowledge(case, by=room.actor).assignee == room.actor.id


def test_a_whole_course(room: Room) -> None:
    case = begun(room)
    fixing(room, case)
    found = room.service.triage_show(case, by=ADA)
    assert (found.state, found.severity) == ("fixing", "high")
    assert found.moves == ("duplicate", "fixed", "published", "closed")
    assert room.service.triage_close(case, reason="Withdrawn.", by=ADA).moves == ("reopened",)
    assert room.service.triage_move(case, "reopened", reason="After all.", by=ADA).state == "assessing"


def test_a_move_takes_a_reason_and_is_one_by_hand(room: Room) -> None:
    case = begun(room)
    with pytest.raises(Invalid, match="few words"):
        room.service.triage_move(case, "out of scope", reason="  ", by=ADA)
    with pytest.raises(Invalid, match="'fixed' is no move by hand"):
        room.service.triage_move(case, "fixed", reason="x", by=ADA)
    with pytest.raises(NotFound, match="no case 'r-99'"):
        room.service.triage_move("r-99", "assessing", reason="x", by=ADA)
    with pytest.raises(Invalid, match="20,000 characters"):
        room.service.triage_note(case, "x" * 20_001, by=ADA)


def test_what_failed_left_nothing(room: Room) -> None:
    case = begun(room)
    with pytest.raises(Conflict):
        room.service.triage_move(case, "fixing", reason="Too soon.", by=ADA)
    assert len(room.service.triage_show(case, by=ADA).events) == 1


def test_a_case_is_merged_into_an_older_one_that_goes_on(room: Room, clock: Turning) -> None:
    first, second, third = (begun(room, number) for number in (1, 2, 3))
    merged = room.service.triage_merge(second, first, reason="The same.", by=ADA)
    assert (merged.state, merged.merged_into) == ("duplicate", first)
    assert [each.kind for each in room.service.triage_show(first, by=ADA).events] == ["received", "merged"]
    for wrong in ((first, first), (first, third), (third, second)):
        with pytest.raises(Conflict, match="can't be merged"):
            room.service.triage_merge(*wrong, reason="x", by=ADA)
    assert room.service.triage_move(second, "reopened", reason="Another.", by=ADA).merged_into == ""


def test_clocks_wait_for_the_reporter_and_are_extended_in_time_alone(room: Room, clock: Turning) -> None:
    case = begun(room)
    room.service.triage_acknowledge(case, by=ADA)
    room.service.triage_wait(case, reason="Which version?", by=ADA)
    clock.turn(10)
    waited = {each.clock: each for each in room.service.triage_resume(case, by=ADA).clocks}
    assert waited["fix"].due == "2027-01-11T09:00:00Z"
    extended = room.service.triage_extend(case, "fix", 30, reason="A new training run.", by=ADA)
    assert {each.clock: each for each in extended.clocks}["fix"].due == "2027-02-10T09:00:00Z"
    clock.turn(100)
    with pytest.raises(Conflict, match="ran out already"):
        room.service.triage_extend(case, "fix", 30, reason="Again.", by=ADA)
    with pytest.raises(Invalid, match="can't be extended"):
        room.service.triage_extend(case, "lunch", 1, reason="x", by=ADA)


def test_a_clock_is_given_ten_years_in_all(room: Room) -> None:
    case = begun(room)
    room.service.triage_extend(case, "publish", 3650, reason="Long.", by=ADA)
    with pytest.raises(Invalid, match="has 3650 days more already"):
        room.service.triage_extend(case, "publish", 1, reason="Longer.", by=ADA)
    assert room.service.triage_extend(case, "fix", 1, reason="Longer.", by=ADA).clocks[2].added_days == 1


def test_an_embargo_is_set_lifted_broken_and_told_to_all(room: Room, clock: Turning) -> None:
    case = begun(room)
    held = room.service.triage_embargo(case, until="2027-01-31", reason="Vendors need it.", by=ADA)
    assert (held.embargo, held.embargo_until) == ("holds", "2027-01-31T00:00:00Z")
    assert held.events[-1].audience == "everyone"
    assert room.service.triage_lift(case, reason="All are ready.", by=ADA).embargo == "lifted"
    with pytest.raises(Conflict, match="No embargo holds"):
        room.service.triage_break(case, reason="x", by=ADA)
    room.service.triage_embargo(case, until="2027-01-31", reason="Not all, after all.", by=ADA)
    assert room.service.triage_break(case, reason="A blog told it.", by=ADA).embargo == "broken"
    for day, what in (("2026-10-01", "in the future"), ("2028-01-01", "365 days"), ("soon", "no day")):
        with pytest.raises(Invalid, match=what):
            room.service.triage_embargo(case, until=day, reason="x", by=ADA)


def test_a_text_is_erased_and_the_chain_holds(room: Room, tmp_path: Path) -> None:
    case = begun(room)
    room.service.triage_note(case, "Her name is Eve.", by=ADA)
    found = room.service.triage_erase(case, 2, reason="Names nobody needs.", by=ADA)
    assert (found.events[1].text, found.events[1].erased) == ("", True)
    (audited,) = room.service.triage_audit(case, by=BEN)
    assert (audited.events, audited.erased) == (3, 1)
    with pytest.raises(NotFound, match="no text"):
        room.service.triage_erase(case, 2, reason="Again.", by=ADA)
    assert files_with(tmp_path, "name is Eve") == []
    assert "name is Eve" not in repr(room.service.triage_show(case, by=ADA))
