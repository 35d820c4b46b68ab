"""What was fixed is replayed on every new release; where it comes back, the case is open again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept.core.ledger import Draft
from kept.core.model import Model
from kept.practices.disclosure.service.tables.replays import SIGNATURES
from kept.practices.disclosure.service.tables.triage import CASES
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.predicates.release import Release
from simulators import replay_room
from simulators.labels import RULES
from simulators.replay_room import Room, open_model

NAMES = {"assistant": RULES, "better": "organism:rules?seed=8", "assistant-2": RULES}


def opening(address: str, **options: Any) -> Model:
    return open_model(NAMES.get(address, address), **options)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with replay_room.opened(tmp_path, names=NAMES, open_model=opening) as opened:
        yield opened.ready()


def fixed(room: Room, *moves: str) -> str:
    """A weakness that was shown, and whose case says that it is fixed, or where else these moves led."""
    found = room.replayed()
    book = Casebook(room.context)

    def work(connection):
        for move in moves or ("reproduced", "fixing", "fixed"):
            book.append(connection, found.report, move, by="tess")

    room.store.write(work)
    return found.report


def released(room: Room, name: str) -> None:
    """Record that a model was let out, and let the room hear of it."""
    model: Model = open_model(NAMES.get(name, name))
    made = Release.of(
        event="released", model=model.identity.id, name=model.identity.name, version="2", date="2026-11-28", major=True,
        availability="public", issued="2026-11-28T07:30:00Z", by="provider",
    )  # fmt: skip
    room.ledger.record(Draft(made.to_statement(), model=made.model), by=room.actor)
    follower = room.service.releases
    room.ledger.follow("disclosure-releases", follower.predicates, follower.handle)


def state(room: Room, report: str) -> str:
    with room.store.read() as connection:
        return str(connection.execute(select(CASES.c.state).where(CASES.c.id == report)).scalar_one())


def test_a_weakness_that_is_gone_stays_fixed(room: Room) -> None:
    report = fixed(room)
    released(room, "better")
    room.through()
    found = room.of(report)
    assert (found.purpose, found.state) == ("release", "recorded")
    assert [each.model for each in found.results] == ["better"]
    assert not found.results[0].reproduced
    assert state(room, report) == "fixed"


def test_a_weakness_that_comes_back_is_open_again(room: Room) -> None:
    report = fixed(room)
    released(room, "assistant-2")
    room.through()
    found = room.of(report)
    assert found.results[0].reproduced
    assert found.submission == 1
    assert state(room, report) == "fixing"


def test_what_was_published_and_never_fixed_does_not_come_back(room: Room) -> None:
    report = fixed(room, "reproduced", "published")
    released(room, "assistant-2")
    room.through()
    assert room.of(report).results[0].reproduced
    assert state(room, report) == "published"


def test_what_is_gone_is_not_asked_of_a_new_release(room: Room) -> None:
    report = fixed(room)
    room.service.discard(report, by=room.actor)
    released(room, "assistant-2")
    room.through()
    assert [each.purpose for each in room.service.replays(report=report, by=room.actor)] == ["report"]


def test_a_release_is_worked_off_once_and_what_was_never_shown_is_left(room: Room) -> None:
    report = fixed(room)
    other = room.replayed(replay_room.saying("Something else, about ships, and ropes, and the price of salt."))
    for _ in range(2):
        released(room, "better")
        room.through()
    assert len(room.service.replays(report=report, by=room.actor)) == 3
    assert len(room.service.replays(report=other.report, by=room.actor)) == 1
    room.through()
    assert len(room.service.replays(report=report, by=room.actor)) == 3


def test_a_release_that_no_name_leads_to_stands_still(room: Room) -> None:
    report = fixed(room)
    released(room, "organism:rules?seed=9")
    room.through()
    found = room.of(report)
    assert found.state == "surveyed"
    assert "kept.toml" in found.problem


def test_what_is_kept_of_a_discarded_report_is_no_signature_of_it(room: Room) -> None:
    found = room.replayed()
    room.service.discard(found.report, by=room.actor)
    with room.store.read() as connection:
        assert connection.execute(select(SIGNATURES)).all() == []
    assert room.of(found.report).weakness == found.weakness
