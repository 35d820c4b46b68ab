"""How the worker was confined stands beside what it made: in the store, and in the statement."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select, text

from kept.core.confinement import Confinement
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.tables.replays import REPLAYS
from kept.predicates import disclosure_replay
from kept.predicates.disclosure_replay import DisclosureReplay
from simulators import replay_room
from simulators.replay_room import Room

TAKEN = Confinement(("limits", "calls", "python"), ("files: none",))
ADDED = {"disclosure_replays": ("asked", "surveyed", "confined"), "disclosure_replay_versions": ("conversation",)}


def confine(*_: object) -> Confinement:
    return TAKEN


def confined(room: Room) -> Room:
    """The room whose worker is confined as `TAKEN` says, in this process."""
    worker = {**room.context.backends["replay-worker"], "confine": f"{__name__}:confine"}
    context = replace(room.context, backends={**room.context.backends, "replay-worker": worker})
    return replace(room, context=context, service=type(room.service)(context))


def said(room: Room) -> DisclosureReplay:
    (found,) = [each.statement for each in room.ledger.statements(disclosure_replay.TYPE)]
    assert found is not None
    return DisclosureReplay.parse(found)


def test_what_held_while_it_was_replayed_is_stated(tmp_path: Path) -> None:
    heard: list[Confinement] = []
    with replay_room.opened(tmp_path) as opened:
        room = confined(opened.ready())
        made = room.reported()
        for _ in range(2):
            room.settle()
            work = room.service.worker(identities=[str(room.worker)], heard=heard.append)
            assert asyncio.run(work).confinement == TAKEN
        room.settle()
        assert heard == [TAKEN, TAKEN]
        assert room.of(made).confinement == TAKEN.holds
        assert said(room).confinement == TAKEN.holds


def test_of_several_sittings_only_what_held_in_each_counts(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready(replay_room.programme(**{"requests = 2000": "requests = 7"}))
        made = room.reported()
        room.through()
        replay = room.of(made).id
        assert room.of(made).confinement == ()
        room.store.write(lambda connection: book.confined(connection, replay=replay, holds=("files",)))
        assert room.of(made).confinement == ()


def test_replays_of_before_say_nothing_of_it(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready()
        made = room.replayed()

        def as_before(connection):
            for table, columns in ADDED.items():
                for column in columns:
                    connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
            connection.execute(text("DELETE FROM kept_migrations WHERE room = 'disclosure' AND version = 2"))

        room.store.write(as_before)
    with replay_room.opened(tmp_path) as room:
        found = room.of(made.report)
        assert (found.confinement, found.results[0].bound) == (None, made.results[0].bound)
        with room.store.read() as connection:
            assert json.loads(connection.execute(select(REPLAYS.c.asked)).scalar_one() or "[]") == []
