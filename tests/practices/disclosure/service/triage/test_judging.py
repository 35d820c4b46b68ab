"""Severity follows from published scales, and another takes a reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.errors import Conflict, Invalid, NotFound
from simulators import disclosure_room
from simulators.cases import ADA, begun
from simulators.disclosure_room import Room

VECTOR = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N"
HARM = {"kind": "health", "recovery": "irreversible", "reach": "many", "ease": "anyone", "safeguards": "some"}
SUPPLIER = {
    "exploitation": "public poc",
    "utility": "efficient",
    "technical impact": "total",
    "public safety impact": "significant",
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path) as found:
        yield found


def test_the_graver_of_the_scales_counts_and_all_of_it_is_kept(room: Room) -> None:
    found = room.service.triage_assess(begun(room), cvss=VECTOR, harm=HARM, ssvc={"supplier": SUPPLIER}, by=ADA)
    assert (found.state, found.severity) == ("assessing", "critical")
    details = found.events[-1].details
    assert details["cvss"] == {"vector": VECTOR, "score": 5.1}
    assert details["harm"] == {**HARM, "severity": "critical", "version": "1"}
    assert details["ssvc"] == {"supplier": {**SUPPLIER, "outcome": "immediate"}}
    room.service.triage_audit(by=ADA)


def test_another_severity_takes_a_reason(room: Room) -> None:
    case = begun(room)
    with pytest.raises(Invalid, match="scales say medium"):
        room.service.triage_assess(case, cvss=VECTOR, severity="low", by=ADA)
    with pytest.raises(Invalid, match="Nothing says"):
        room.service.triage_assess(case, by=ADA)
    with pytest.raises(Invalid, match="no severity"):
        room.service.triage_assess(case, severity="dire", reason="x", by=ADA)
    assert (
        room.service.triage_assess(case, cvss=VECTOR, severity="low", reason="Off by default.", by=ADA).severity
        == "low"
    )
    assert room.service.triage_assess(case, cvss=VECTOR, severity="medium", by=ADA).severity == "medium"


def test_wrong_answers_are_refused_by_name(room: Room) -> None:
    case = begun(room)
    with pytest.raises(Invalid, match="no vector"):
        room.service.triage_assess(case, cvss="AV:N", by=ADA)
    with pytest.raises(Invalid, match="'reach' has no answer"):
        room.service.triage_assess(case, harm={"kind": "crime", "recovery": "lasting"}, by=ADA)
    with pytest.raises(NotFound, match="no decision table"):
        room.service.triage_assess(case, severity="low", reason="x", ssvc={"mine": {}}, by=ADA)
    assert len(room.service.triage_show(case, by=ADA).events) == 1


def test_a_case_that_ended_is_assessed_after_it_was_reopened(room: Room) -> None:
    case = begun(room)
    room.service.triage_close(case, reason="Spam.", by=ADA)
    assert room.service.triage_assess(case, severity="low", reason="For the record.", by=ADA).state == "closed"
    with pytest.raises(Conflict):
        room.service.triage_move(case, "fixing", reason="x", by=ADA)
