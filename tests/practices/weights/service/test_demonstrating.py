"""What `kept demo` shows of the room: weights are sealed, and no thief gets them."""

import asyncio
from pathlib import Path

import pytest

from kept.errors import Conflict
from kept.predicates import security_drill, security_posture, weights_custody
from simulators.sealed_files import plain_file
from simulators.weights_room import Room, opened


@pytest.fixture
def room(tmp_path: Path):
    with opened(tmp_path) as found:
        found.add_custodians("maria", "jonas", "amina")
        yield found


def test_weights_are_sealed_attacked_and_told_of(room: Room, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(plain_file(5000))
    rows = asyncio.run(room.service.demonstrate(tmp_path / "out", weights=tmp_path / "plain", by=room.actor))
    shown = [row["answer"].partition(":")[0] for row in rows if row["what"].startswith("attack")]
    assert shown == ["passed"] * 4 + ["not shown"] * 2
    recorded = [each.entry.predicate for each in room.ledger.statements()]
    assert recorded.count(security_drill.TYPE) == 4
    assert (recorded.count(weights_custody.TYPE), recorded.count(security_posture.TYPE)) == (2, 1)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model.sealed", "frontier.sealed"}
    with pytest.raises(Conflict):
        asyncio.run(room.service.demonstrate(tmp_path / "out", weights=tmp_path / "plain", by=room.actor))
