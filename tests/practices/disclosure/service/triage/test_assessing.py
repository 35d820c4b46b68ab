"""What `kept assess` records of the room, for C4."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates import disclosure_summary
from simulators import disclosure_room
from simulators.cases import begun
from simulators.disclosure_room import ASSISTANT, Opened, Room


def assessed(room: Room, model: Any) -> Any:
    return asyncio.run(room.service.assessor.assess(model, {}, by=room.actor, address="assistant"))


def test_where_nobody_was_invited_nothing_is_said(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        found = assessed(room, Opened(ASSISTANT))
        assert found.evidence == ()
        assert "no programme takes reports" in found.summary["told"][0]


def test_a_summary_is_recorded_where_a_programme_takes_reports(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        room.ready()
        begun(room)
        found = assessed(room, Opened(ASSISTANT))
        (held,) = room.ledger.statements(disclosure_summary.TYPE)
        assert found.evidence == (held.entry.index,)
        assert found.summary["told"] == [
            "1 reports in a year, 1 open, 0 overdue; 0 of 0 reproduced",
            "this model is in the scope of a programme",
        ]


def test_a_plan_asks_it_for_nothing(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room:
        room.service.assessor.check({})
        with pytest.raises(Invalid, match="has no 'runs'"):
            room.service.assessor.check({"runs": 3})
