"""PostgreSQL goes down in the middle of a report: what was acknowledged is there, and what wasn't can be sent again."""

from pathlib import Path

import pytest

from kept.errors import Unavailable
from kept.practices.disclosure.service.intake.limits import Limits
from kept.predicates.disclosure_report import TYPE
from simulators import disclosure_room
from simulators.postgres_server import find_binaries, postgres_server
from simulators.reporter import Reporter, sealed


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian's package: postgresql)")
    with postgres_server(binaries) as server, disclosure_room.opened(tmp_path, url=server.new_database()) as room:
        room.ready()
        first, data = Reporter().submission(), sealed(*room.recipients)
        made = room.service.submit(first, data)

        second, other = Reporter().submission(), sealed(*room.recipients)
        check = Limits.check_room

        def crashing(*arguments: object) -> None:
            check(*arguments)
            server.crash()

        monkeypatch.setattr(Limits, "check_room", crashing)
        with pytest.raises(Unavailable):
            room.service.submit(second, other)
        monkeypatch.undo()
        server.start()
        assert [each.id for each in room.service.list(by=room.actor)] == [made.report]
        assert room.service.submit(first, data) == made
        again = room.service.submit(second, other)

        server.crash()
        server.start()
        assert room.service.submit(second, other) == again
        assert {each.id for each in room.service.list(by=room.actor)} == {made.report, again.report}
        assert [each.index for each in room.ledger.statements(TYPE)] == [made.recorded, again.recorded]
        assert room.service.fetch(again.report, by=room.actor) == other
