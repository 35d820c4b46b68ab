"""The posture of a workspace: read from its own ledger, and recorded with what it rests on."""

from datetime import UTC, datetime
from pathlib import Path

from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import Draft
from kept.core.statement import sign
from kept.predicates.security_posture import TYPE, SecurityPosture
from kept.predicates.weights_custody import WeightsCustody
from simulators import custody
from simulators.weights_room import opened

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def record(room, **more) -> None:
    said = WeightsCustody.of(**custody.custody(model="", **more))
    room.ledger.record(Draft(said.to_statement()), by=room.actor)


def readings(found) -> dict[str, str]:
    return {each.measure.id: each.reading for each in found.found}


def test_a_new_workspace_stands_nowhere(tmp_path: Path) -> None:
    with opened(tmp_path, clock=lambda: NOW) as room:
        found = room.service.posture(by=room.actor)
        assert (found.level, found.size, found.recorded) == (0, 0, None)
        assert room.ledger.size() == 0


def test_what_is_recorded_follows_from_the_ledger_and_holds(tmp_path: Path) -> None:
    with opened(tmp_path, clock=lambda: NOW) as room:
        record(room)
        found = room.service.posture(record=True, by=room.actor)
        (recorded,) = room.ledger.statements(TYPE)
        said = SecurityPosture.parse(recorded.statement)
        said.check()
        assert found.recorded == recorded.index == 1
        assert (said.sees, said.size, said.level) == ((0,), 1, 0)
        assert {each.id for each in said.measures if each.reading == "met"} == {
            name for name, reading in readings(found).items() if reading == "met"
        }


def test_what_was_erased_never_helps(tmp_path: Path) -> None:
    with opened(tmp_path, clock=lambda: NOW) as room:
        record(room)
        assert readings(room.service.posture(by=room.actor))["sealed-at-rest"] == "met"
        room.ledger.erase(0, by=room.actor, reason="a test")
        assert readings(room.service.posture(by=room.actor))["sealed-at-rest"] != "met"


def test_it_grows_old(tmp_path: Path) -> None:
    moments = [NOW, NOW.replace(year=2027)]
    with opened(tmp_path, clock=lambda: moments[0]) as room:
        record(room)
        del moments[0]
        assert readings(room.service.posture(by=room.actor))["sealed-at-rest"] == "stale"


def test_what_a_key_signs_that_counts_for_nothing_says_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, clock=lambda: NOW) as room:
        statement = WeightsCustody.of(**custody.custody(model="")).to_statement()
        room.ledger.record_signed(sign(statement, [SoftwareSigner.from_seed(b"\x07" * 32)]))
        assert readings(room.service.posture(by=room.actor))["sealed-at-rest"] == "missing"
