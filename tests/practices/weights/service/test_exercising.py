"""The exercise as it is recorded: its figures follow, and C3 asks for one of its kind."""

from pathlib import Path

import pytest

from kept.errors import Invalid
from kept.predicates.insider_exercise import TYPE, InsiderExercise
from simulators.weights_room import opened


def test_what_is_recorded_holds_and_says_how_it_was_counted(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        seen: list[tuple[int, int]] = []
        done = room.service.exercise(
            runs=3, by=room.actor, progress=lambda done, total, note="": seen.append((done, total))
        )
        (recorded,) = room.ledger.statements(TYPE)
        said = InsiderExercise.parse(recorded.statement)
        said.check()
        assert (said.exercise, recorded.index, said.state) == (done.id, done.recorded, "completed")
        assert (said.attempts, said.seeds, said.noticed) == (21, 3, done.noticed)
        assert said.noticed >= max(each.noticed for each in said.tiers)
        assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("runs", [0, 1001])
def test_it_has_some_runs(tmp_path: Path, runs: int) -> None:
    with opened(tmp_path) as room, pytest.raises(Invalid, match="runs"):
        room.service.exercise(runs=runs, by=room.actor)
