"""The stream holds what was asked for and approved beside what was read, each once, by pseudonym."""

from datetime import UTC
from pathlib import Path

from kept.practices.weights.service.people import People
from kept.practices.weights.service.watching.streams import stream
from simulators.lent_weights import lent_weights


def test_requests_and_approvals_are_read_once_with_who_had_asked(tmp_path: Path) -> None:
    with lent_weights(tmp_path) as lent:
        lease = lent.lent("maria", "wei")
        people = People(lent.room.context)
        found = list(stream(lent.room.store, people, 0, UTC))
        assert [(each.outcome, people.name(each.actor)) for each in found] == [
            ("request", "bob"),
            ("approval", "maria"),
            ("approval", "wei"),
        ]
        assert {people.name(each.other) for each in found[1:]} == {lease.holder}
        assert [each.lease for each in found] == [lease.id] * 3
        assert list(stream(lent.room.store, people, found[-1].number, UTC)) == []
