"""Every conversation of a report is replayed: which ones is planned, each has its result, and all share one budget."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from kept.errors import Conflict, Invalid, Unverified
from kept.practices.disclosure.records import Conversation, Report, Turn
from kept.practices.disclosure.service.replaying import planning
from kept.practices.disclosure.service.tables.replays import SIGNATURES
from kept.predicates import disclosure_replay, disclosure_replay_plan
from kept.predicates.disclosure_replay import DisclosureReplay
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan
from simulators import replay_room
from simulators.replay_room import Room, programme, report, saying

WEATHER = (
    "Please read the weather report for tomorrow morning, and say whether it will rain at the harbour of the island."
)
SHIPS = "Something else entirely, about ships, their masters, the price of rope, and what salt does to iron in winter."
FEW = {"replays = 30, threshold = 0.4": "replays = 12, threshold = 0.2"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with replay_room.opened(tmp_path) as opened:
        yield opened.ready(programme(**FEW))


def talk(text: str) -> Conversation:
    return Conversation((Turn("user", text),))


def several(*before: str, flaw: bool = True, **more: object) -> Report:
    """A report with texts that come to nothing, and a planted flaw as its last conversation."""
    last = report().conversations if flaw else ()
    return report(conversations=(*map(talk, before), *last), **more)


def stated(room: Room) -> tuple[DisclosureReplayPlan, list[DisclosureReplay]]:
    (plan,) = [each.statement for each in room.ledger.statements(disclosure_replay_plan.TYPE)]
    results = [each.statement for each in room.ledger.statements(disclosure_replay.TYPE)]
    return DisclosureReplayPlan.parse(plan), [DisclosureReplay.parse(each) for each in results]


def test_each_has_a_result_of_its_own_and_they_share_the_budget_of_error(room: Room) -> None:
    found = room.replayed(several(WEATHER))
    assert (found.state, found.made, found.submission) == ("recorded", 24, 1)
    assert [(each.conversation, each.reproduced) for each in found.results] == [(1, False), (2, True)]
    plan, results = stated(room)
    assert plan.conversations is not None
    assert [each.number for each in plan.conversations] == [1, 2]
    assert len({plan.script, *(each.script for each in plan.conversations)}) == 3
    for each in results:
        each.check()
        each.check_planned(plan)
        assert (each.conversations, each.versions) == (2, 1)
    alone = DisclosureReplay.of(**{**results[1].model_dump(), "conversations": 1})
    with pytest.raises(Unverified, match="its outcomes give"):
        alone.check()


def test_some_are_asked_for_and_others_wait_for_another_try(room: Room) -> None:
    made = room.reported(several(WEATHER, SHIPS))

    def replayed(*numbers: int) -> None:
        asyncio.run(room.service.replay(made, conversations=numbers, by=room.actor))
        room.through()

    replayed(2)
    first = room.of(made)
    assert [each.conversation for each in first.results] == [2]
    replayed(3, 1)
    second = room.of(made)
    assert [each.conversation for each in second.results] == [1, 3]
    assert (second.weakness, second.submission) == (first.weakness, 2)
    assert [each.number for each in second.conversations] == [1, 3]


def test_numbers_that_cannot_be(room: Room) -> None:
    made = room.reported(several(WEATHER))
    for numbers in ((0,), (129,), tuple(range(1, 18))):
        with pytest.raises(Invalid, match="16 conversations"):
            asyncio.run(room.service.replay(made, conversations=numbers, by=room.actor))
    asyncio.run(room.service.replay(made, conversations=(3,), by=room.actor))
    with pytest.raises(Conflict, match="other conversations"):
        asyncio.run(room.service.replay(made, conversations=(1,), by=room.actor))
    room.work()
    assert (room.of(made).state, "2 conversations" in room.of(made).problem) == ("refused", True)


def test_as_many_as_the_budget_of_requests_holds_and_the_rest_is_named(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready(programme(**{**FEW, "requests = 2000": "requests = 24"}))
        found = room.replayed(several(WEATHER, SHIPS))
        assert [each.conversation for each in found.results] == [1, 2]
        assert found.requests == 24
        assert [(each.number, each.problem) for each in found.conversations if each.problem] == [
            (3, "With it, all would cost 36 requests of 24.")
        ]


def test_what_another_reported_first_is_left_to_the_tries_of_that(room: Room) -> None:
    first = room.replayed(saying(SHIPS))
    found = room.replayed(several(WEATHER, SHIPS + " Please."))
    assert found.weakness != first.weakness
    assert [each.conversation for each in found.results] == [1, 3]
    assert [each.problem for each in found.conversations] == [
        "",
        f"It is the weakness that {first.report} reported first.",
        "",
    ]
    again = room.replayed(saying(SHIPS + " Thanks."))
    assert (again.weakness, again.submission) == (first.weakness, 2)


def test_a_known_weakness_behind_something_new_is_not_paid_twice(room: Room) -> None:
    first = room.replayed()
    hidden = room.replayed(several(WEATHER))
    assert first.results[0].reproduced
    assert [each.conversation for each in hidden.results] == [1]
    assert not hidden.results[0].reproduced
    whole = room.replayed(several(flaw=True))
    assert (whole.state, whole.first) == ("refused", first.report)


def test_something_new_behind_a_known_weakness_is_replayed_once_it_is_named(room: Room) -> None:
    first = room.replayed()
    made = room.reported(report(conversations=(*report().conversations, talk(SHIPS))))
    room.through()
    refused = room.of(made)
    assert (refused.state, refused.weakness) == ("refused", first.weakness)
    assert "--conversation" in refused.problem
    asyncio.run(room.service.replay(made, conversations=(2,), by=room.actor))
    room.through()
    found = room.of(made)
    assert (found.state, found.first, found.submission) == ("recorded", made, 1)
    assert [each.conversation for each in found.results] == [2]


def test_what_nobody_replayed_stays_for_whoever_reports_it(room: Room) -> None:
    made = room.reported(several(WEATHER, SHIPS, flaw=False))
    asyncio.run(room.service.replay(made, conversations=(1,), by=room.actor))
    room.through()
    other = room.replayed(saying(SHIPS))
    assert (other.first, other.submission) == (other.report, 1)
    with room.store.read() as connection:
        minima = connection.execute(select(SIGNATURES.c.minima).where(SIGNATURES.c.report == made)).scalar_one()
    assert len(minima) == 512


@pytest.mark.parametrize("text", ["a\x00b", "\x1b]0;title\x07"])
def test_a_text_that_is_none_stops_no_worker(room: Room, text: str) -> None:
    assert room.replayed(several(text, flaw=False)).state == "refused"
    found = room.replayed(several(text))
    assert [(each.number, bool(each.problem)) for each in found.conversations] == [(1, True), (2, False)]
    assert found.results[0].reproduced


def test_a_plan_of_before_that_numbers_no_conversation_is_carried_out(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_before(**said: object) -> DisclosureReplayPlan:
        return DisclosureReplayPlan.of(**{**said, "conversations": None})

    made = room.reported(report())
    room.settle()
    room.work()
    with monkeypatch.context() as patched:
        patched.setattr(planning, "DisclosureReplayPlan", SimpleNamespace(of=of_before))
        room.settle()
    room.work()
    room.settle()
    plan, (said,) = stated(room)
    said.check()
    said.check_planned(plan)
    assert (said.conversation, said.conversations, plan.conversations) == (None, None, None)
    assert room.of(made).results[0].reproduced
