"""A revision comes out whole, says what it changes, and asks once more what holds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kept.errors import Conflict, Invalid
from kept.predicates.disclosure_advisory import TYPE, DisclosureAdvisory
from simulators import cases
from simulators.advisories import ID, ready, written
from simulators.disclosure_room import Room


def test_a_revision_says_what_it_changes_and_keeps_the_first_day(room: Room) -> None:
    written(room)
    first = room.service.publish(ID, by=room.actor)
    room.context.clock.turn(3)
    written(room, **{'severity = "high"': 'severity = "critical"'})
    with pytest.raises(Invalid) as caught:
        room.service.publish(ID, by=room.actor)
    assert caught.value.code == "advisory.change"
    second = room.service.publish(ID, by=room.actor, change="It is worse than we thought")
    assert [each.number for each in second.advisory.revisions] == [1, 2]
    assert second.advisory.revisions[0] == first.advisory.revisions[0]
    assert [DisclosureAdvisory.parse(each.statement).revision for each in room.ledger.statements(TYPE)] == [1, 2]
    assert b"critical" in room.service.advisory_form(ID, "csaf-2.1").content


def test_what_begins_while_it_is_published_holds_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    case = ready(room)
    room.service.credit_give(case, "A. Finder", by=cases.ADA)
    record = room.ledger.record
    written(room, reports=(case,), credits=("A. Finder",))

    def late(begin: Callable[[], object]) -> None:
        def recorded(*drafts: object, **more: object) -> object:
            monkeypatch.undo()
            begin()
            return record(*drafts, **more)

        monkeypatch.setattr(room.ledger, "record", recorded)

    late(lambda: room.service.credit_withdraw(case, by=cases.ADA))
    with pytest.raises(Conflict, match="agreed to be named"):
        room.service.publish(ID, by=room.actor)
    written(room, reports=(case,))
    until = f"{room.context.clock() + timedelta(days=5):%Y-%m-%d}"
    late(lambda: room.service.triage_embargo(case, until=until, reason="They asked.", by=cases.ADA))
    with pytest.raises(Conflict, match="embargo"):
        room.service.publish(ID, by=room.actor)
    assert room.service.advisory_list() == ()
    room.service.triage_lift(case, reason="It is out.", by=cases.ADA)
    # And a name that is published while it is taken back is taken back there, too.
    room.service.credit_give(case, "A. Finder", by=cases.ADA)
    written(room, reports=(case,), credits=("A. Finder",))
    erase = room.store.erase

    def published(work: Any) -> Any:
        monkeypatch.undo()
        room.service.publish(ID, by=room.actor)
        return erase(work)

    monkeypatch.setattr(room.store, "erase", published)
    (revised,) = room.service.credit_withdraw(case, by=room.actor)
    assert room.service.advisory_list() == (revised,)
    assert (revised.advisory.credits, room.service.thanks()) == ((), ())
