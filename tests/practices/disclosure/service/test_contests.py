"""Contests: who stands where follows from replays of what came in time; names are those that people agreed to."""

import asyncio
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators import replay_room
from simulators.cases import Turning
from simulators.replay_room import OTHER, Room, programme, report, saying

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


def assessed(room: Room, found: str, severity: str = "high") -> str:
    book = Casebook(room.context)
    room.store.write(
        lambda connection: book.append(connection, found, "assessed", by="tess", details={"severity": severity})
    )
    return found


def test_only_what_came_back_counts_and_only_in_time(room: Room, clock: Turning) -> None:
    assert room.service.contest_show("assistant/winter").places == ()
    room.replayed(saying(ELSE))
    assert room.service.contest_show("assistant/winter").places == ()
    found = room.replayed()
    assessed(room, found.report)
    board = room.service.contest_show("assistant/winter")
    (first,) = board.places
    assert (first.place, first.name, first.score) == (1, "", 6 * found.results[0].bound)
    assert first.entries == (found.results[0].entry,)
    assert not board.over
    clock.turn(3)
    assert room.service.contest_show("assistant/winter").over


def test_a_report_that_is_being_replayed_keeps_a_contest_open(room: Room, clock: Turning) -> None:
    found = room.reported()
    clock.turn(3)
    assert room.service.contest_show("assistant/winter").waiting == 1
    room.settle()
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over) == (1, False)
    room.through()
    assessed(room, found)
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over, len(board.places)) == (0, True, 1)


def test_what_a_reporter_claims_scores_nothing_and_triage_is_waited_for(room: Room, clock: Turning) -> None:
    claiming = room.replayed(report(severity="medium")).report
    found = assessed(room, room.replayed(report(prompt=OTHER)).report)
    clock.turn(3)
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over, [each.reports for each in board.places]) == (1, False, [(found,)])
    assessed(room, claiming, "low")
    board = room.service.contest_show("assistant/winter")
    assert (board.waiting, board.over, [each.reports for each in board.places]) == (0, True, [(found,), (claiming,)])


def test_what_is_gone_keeps_no_contest_open(room: Room, clock: Turning) -> None:
    spam, planned, unread = room.reported(), room.reported(saying(ELSE)), room.reported(report(prompt=OTHER))
    room.service.discard(unread, by=room.actor)
    room.settle()
    room.work()
    room.settle()
    for each in (spam, planned):
        room.service.discard(each, by=room.actor)
    clock.turn(3)
    room.settle()
    states = {each: room.of(each).state for each in (spam, planned)}
    assert states == {spam: "recorded", planned: "recorded"}
    assert room.service.contest_show("assistant/winter").over
    with pytest.raises(Conflict, match="discarded"):
        asyncio.run(room.service.replay(spam, by=room.actor))
    assert [each.kind for each in room.service.triage_show(unread, by=room.actor).events][-1] == "discarded"


def test_what_triage_merged_or_declined_scores_for_nobody_else(room: Room, clock: Turning) -> None:
    older = assessed(room, room.replayed().report)
    clock.turn(0.1)
    newer = assessed(room, room.replayed(report(prompt=OTHER)).report)
    assert len(room.service.contest_show("assistant/winter").places) == 2
    room.service.triage_merge(newer, older, reason="The same.", by=room.actor)
    (place,) = room.service.contest_show("assistant/winter").places
    assert (place.reports, place.weaknesses) == ((older,), 1)
    room.service.triage_move(older, "out of scope", reason="Not for us.", by=room.actor)
    assert room.service.contest_show("assistant/winter").places == ()


def test_what_came_too_late_does_not_count(room: Room, clock: Turning) -> None:
    clock.turn(3)
    room.replayed()
    assert room.service.contest_show("assistant/winter").places == ()


def test_a_duplicate_takes_no_place(room: Room) -> None:
    first = room.replayed()
    assessed(room, first.report)
    room.service.contest_name(first.report, "First Mole", by=room.actor)
    second = room.replayed(report())
    room.service.contest_name(second.report, "Second Mole", by=room.actor)
    (place,) = room.service.contest_show("assistant/winter").places
    assert place.name == "First Mole"


def test_a_prize_is_promised_once_the_contest_is_over(room: Room, clock: Turning) -> None:
    found = assessed(room, room.replayed().report)
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
    found = assessed(room, room.replayed().report)
    room.service.contest_name(found, unicodedata.normalize("NFD", "Mole É-42"), by=room.actor)
    assert [each.name for each in room.service.contest_show("assistant/winter").places] == ["Mole É-42"]
    room.service.contest_name(found, "", by=room.actor)
    assert [each.name for each in room.service.contest_show("assistant/winter").places] == [""]
    with pytest.raises(Denied):
        room.service.contest_name(found, "Mole", by=Actor("pat", "person", frozenset({"publish"})))
    with pytest.raises(NotFound):
        room.service.contest_name("r-0000000000000000", "Mole", by=room.actor)


def test_a_contest_that_began_is_kept_and_is_shown_though_the_programme_names_it_no_more(
    room: Room, clock: Turning
) -> None:
    found = assessed(room, room.replayed().report)

    def published(written: bytes) -> None:
        room.service.programme_new(written, by=room.actor)
        asyncio.run(room.service.programme_publish("assistant", by=room.actor))

    for other in ("", CONTEST.replace("5000", "4000"), CONTEST.replace("2026-11-03", "2026-12-03")):
        with pytest.raises(Conflict, match=r"'winter' began on 2026-11-02.*after 2026-11-03"):
            published(programme() + other.encode())
    published(programme() + CONTEST.replace("Winter contest", "The winter contest").encode())
    clock.turn(3)
    with pytest.raises(Conflict, match="'winter' began"):
        published(programme() + CONTEST.replace("2026-11-03", "2026-12-03").encode())
    published(programme())
    assert [each.title for each in room.service.contest_list()] == ["The winter contest"]
    assert room.service.reward_prize("assistant/winter", found, by=room.actor).amount == 500_000


def test_contests_that_there_are(room: Room) -> None:
    assert [each.contest for each in room.service.contest_list()] == ["assistant/winter"]
    for name in ("assistant/summer", "other/winter", "winter", ""):
        with pytest.raises(NotFound):
            room.service.contest_show(name)
