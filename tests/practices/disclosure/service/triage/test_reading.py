"""What staff and reporters see of cases, by whom it is late, and that nobody changed anything."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kept.errors import Invalid, Unverified
from simulators import disclosure_room
from simulators.cases import ADA, Turning, begun, fixing
from simulators.disclosure_room import Room


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock, holidays=("2026-11-03",), wait_days=5) as found:
        yield found


def test_cases_are_listed_by_state_person_and_what_is_overdue(room: Room, clock: Turning) -> None:
    first, second = begun(room, 1), begun(room, 2)
    clock.turn(1)
    third = begun(room, 3)
    room.service.triage_acknowledge(second, by=ADA)
    listed = room.service.triage_list(by=ADA)
    assert [each.id for each in listed] == [first, second, third]
    assert all(each.events == () for each in listed)
    assert [each.id for each in room.service.triage_list(state="received", by=ADA)] == [first, third]
    assert [each.id for each in room.service.triage_list(assignee="ada", by=ADA)] == [second]
    assert [each.id for each in room.service.triage_list(after=first, by=ADA)] == [second, third]
    assert room.service.triage_list(overdue=True, by=ADA) == ()
    clock.turn(3.5)
    assert [each.id for each in room.service.triage_list(overdue=True, by=ADA)] == [first]
    with pytest.raises(Invalid, match="no state"):
        room.service.triage_list(state="lost", by=ADA)


def test_a_page_has_a_hundred_cases_and_none_is_left_out(room: Room) -> None:
    names = [begun(room, number) for number in range(1, 131)]
    first = room.service.triage_list(by=ADA)
    rest = room.service.triage_list(after=first[-1].id, by=ADA)
    assert [each.id for each in (*first, *rest)] == names


def test_the_terms_are_those_of_the_programme_that_the_case_came_under(room: Room) -> None:
    made = asyncio.run(room.publish(**{"fix_days = 60": "fix_days = 7"}))
    found = room.service.triage_show(begun(room, programme=made.name, version=made.version), by=ADA)
    assert {each.clock: each.due for each in found.clocks}["fix"] == "2026-11-09T09:00:00Z"


def test_holidays_and_the_bound_on_waiting_are_those_of_the_workspace(room: Room, clock: Turning) -> None:
    case = begun(room)
    assert room.service.triage_show(case, by=ADA).clocks[0].due == "2026-11-06T09:00:00Z"
    room.service.triage_wait(case, reason="?", by=ADA)
    clock.turn(20)
    assert room.service.triage_show(case, by=ADA).clocks[2].due == "2027-01-06T09:00:00Z"


def test_a_reporter_sees_what_they_were_told_and_no_more(room: Room) -> None:
    case, other = begun(room, 1), begun(room, 2)
    fixing(room, case)
    room.service.triage_note(case, "This one is a regular.", by=ADA)
    room.service.triage_merge(other, case, reason="The same.", by=ADA)
    room.service.triage_embargo(case, until="2027-01-31", reason="Until it is fixed.", by=ADA)
    found = room.service.triage_progress(case)
    assert (found.state, found.words) == ("fixing", "A mitigation is being made.")
    assert (found.severity, found.embargo_until) == ("high", "2027-01-31T00:00:00Z")
    assert [each.kind for each in found.events] == [
        "received", "acknowledged", "assessing", "assessed", "reproduced", "fixing", "embargoed",
    ]  # fmt: skip
    shown = repr(found)
    for hidden in ("regular", other, "harm"):
        assert hidden not in shown
    # Digests may hold these three letters.
    assert not re.search(r"\bada\b", shown)
    assert room.service.triage_progress(other).words == "It was reported before, by another."
    assert case not in repr(room.service.triage_progress(other))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE disclosure_events SET by = 'eve' WHERE number = 2",
        "UPDATE disclosure_events SET details = '{\"to\": \"eve\"}' WHERE kind = 'assigned'",
        "DELETE FROM disclosure_events WHERE number = 3",
        "DELETE FROM disclosure_events WHERE number = 7",
        "UPDATE disclosure_texts SET text = 'It is not.' WHERE number = 5",
        "UPDATE disclosure_cases SET severity = 'low'",
        "UPDATE disclosure_cases SET assignee = 'eve'",
        "UPDATE disclosure_cases SET quarantined = 1",
    ],
)
def test_the_audit_sees_every_change_behind_its_back(room: Room, change: str) -> None:
    fixing(room, begun(room))
    (held,) = room.service.triage_audit(by=ADA)
    assert held.events == 7
    room.store.write(lambda connection: connection.execute(text(change)))
    with pytest.raises(Unverified, match=r"r-0000000000000001|last events"):
        room.service.triage_audit(by=ADA)
