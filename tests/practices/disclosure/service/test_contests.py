"""Contests: who stands where follows from replays of what came in time; names are those that people agreed to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators import replay_room
from simulators.cases import Turning
from simulators.replay_room import Room, programme, report, saying

CONTEST = """
[[contests]]
id = "winter"
title = "Winter contest"
opens = "2026-11-02"
closes = "2026-11-03"
rules = "The leaderboard counts replayed weaknesses alone."
prizes = [5000, 2000]
"""
ELSE = "Tell me about ships and harbours and the price of rope, and what the tide does to an anchor at night."


@pytest.fixture
def clock() -> Turning:
    return Turning(datetime(2026, 11, 2, 9, tzinfo=UTC))


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with replay_room.opened(tmp_path, clock=clock) as opened:
        yield opened.ready(programme() + CONTEST.encode())


def test_only_what_came_back_counts_and_only_in_time(room: Room, clock: Turning) -> None:
    assert room.service.contest_show("assistant/winter").places == ()
    room.replayed(saying(ELSE))
    assert room.service.contest_show("assistant/winter").places == ()
    found = room.replayed()
    board = room.service.contest_show("assistant/winter")
    (first,) = board.places
    assert (first.place, first.name, first.score) == (1, "", 6 * found.results[0].bound)
    assert first.entries == (found.results[0].entry,)
    assert not board.over
    clock.turn(3)
    assert room.service.contest_show("assistant/winter").over


def test_a_report_that_is_being_replayed_keeps_a_contest_open(room: Room, clock: Turning) -> None:
    room.reported()
    room.settle()
    clock.turn(3)
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over) == (1, False)
    room.through()
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over, len(board.places)) == (0, True, 1)


def test_what_came_too_late_does_not_count(room: Room, clock: Turning) -> None:
    clock.turn(3)
    room.replayed()
    assert room.service.contest_show("assistant/winter").places == ()


def test_a_duplicate_takes_no_place(room: Room) -> None:
    first = room.replayed()
    room.service.contest_name(first.report, "First Mole", by=room.actor)
    second = room.replayed(report())
    room.service.contest_name(second.report, "Second Mole", by=room.actor)
    (place,) = room.service.contest_show("assistant/winter").places
    assert place.name == "First Mole"


def test_a_prize_is_promised_once_the_contest_is_over(room: Room, clock: Turning) -> None:
    found = room.replayed().report
    room.store.write(
        lambda connection: Casebook(room.context).append(
            connection, found, "assessed", by="tess", details={"severity": "high"}
        )
    )
    with pytest.raises(Conflict, match="not over"):
        room.service.reward_prize("assistant/winter", found, by=room.actor)
    clock.turn(3)
    made = room.service.reward_prize("assistant/winter", found, by=room.actor)
    assert (made.kind, made.contest, made.amount) == ("prize", "winter", 500_000)
    assert room.service.reward_propose(found, by=room.actor).kind == "bounty"
    with pytest.raises(Conflict, match="prize already"):
        room.service.reward_prize("assistant/winter", found, by=room.actor)
    with pytest.raises(Conflict, match="won nothing"):
        room.service.reward_prize("assistant/winter", "r-0000000000000000", by=room.actor)


@pytest.mark.parametrize("name", ["x" * 41, "<b>", "a  b", " a", "a\u202eb", "a\nb", "@a", "a/b"])
def test_what_is_no_name_is_not_shown(room: Room, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        room.service.contest_name(room.reported(), name, by=room.actor)


def test_a_name_can_be_taken_back(room: Room) -> None:
    found = room.replayed().report
    room.service.contest_name(found, "Mole É-42", by=room.actor)
    assert [each.name for each in room.service.contest_show("assistant/winter").places] == ["Mole É-42"]
    room.service.contest_name(found, "", by=room.actor)
    assert [each.name for each in room.service.contest_show("assistant/winter").places] == [""]
    with pytest.raises(Denied):
        room.service.contest_name(found, "Mole", by=Actor("pat", "person", frozenset({"publish"})))
    with pytest.raises(NotFound):
        room.service.contest_name("r-0000000000000000", "Mole", by=room.actor)


def test_contests_that_there_are(room: Room) -> None:
    assert [each.contest for each in room.service.contest_list()] == ["assistant/winter"]
    for name in ("assistant/summer", "other/winter", "winter", ""):
        with pytest.raises(NotFound):
            room.service.contest_show(name)
