"""What partners share is said to our models by a process of its own, confined, that can be ended at any moment."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from kept.core.confinement import Confinement, WorkerSettings
from kept.core.confinement.worker import alone
from kept.core.workspace import Workspace
from kept.errors import Unavailable
from kept.practices.sharing import PRACTICE
from kept.practices.sharing.service.replaying.working import INTERRUPTIONS, Worker
from kept.practices.sharing.service.tables.replays import ATTEMPTS, REPLAYS
from kept.predicates import sharing_sighting
from kept.predicates.disclosure_replay import CONFINEMENTS
from kept.predicates.sharing_sighting import SharingSighting
from simulators.labels import RULES, planted
from simulators.partners import FLAW, Partners, partners, pattern
from simulators.scripts import system
from simulators.sharing_room import age, opened
from simulators.sitting import seated

TAKEN = Confinement(("limits", "calls", "python"), ("files: none",))


def take(workspace: Workspace, settings: WorkerSettings) -> Confinement:
    """In place of what can't be given back: what a kernel that lacks something takes."""
    if settings.replay_confinement == "required":
        raise Unavailable("The replay worker isn't confined as kept.toml requires.")
    return TAKEN


async def confined(workspace: Workspace, command: Any, *, seconds: int) -> None:
    from simulators import sitting

    await sitting.ROOMS[workspace.folder].worker()


def heard(two: Partners, *documents: dict[str, Any]) -> Any:
    two.publish(*(documents or [pattern()]))
    two.pull()
    return two.replay()


def replays(two: Partners) -> dict[str, Any]:
    return {each.pattern: each for each in two.lab.service.replays(by=two.lab.actor)}


def attempts(two: Partners) -> int:
    with two.lab.store.read() as connection:
        return len(connection.execute(select(ATTEMPTS)).all())


def said(two: Partners) -> SharingSighting:
    (found,) = [each.statement for each in two.lab.context.ledger.statements(sharing_sighting.TYPE)]
    assert found is not None
    return SharingSighting.parse(found)


def test_it_is_a_process_from_which_all_is_taken_that_no_replay_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"replay_attempts": 3, "replay_confinement": "required", "replay_system": system(planted(FLAW))}
    with partners(tmp_path, monkeypatch, **told) as two:
        place = two.lab.context.workspace.folder / "kept.toml"
        lines = "\n".join(f"{name} = {value!r}" for name, value in told.items())
        models = place.read_text().replace("[models]\n", f'[models]\nassistant = "{RULES}"\n')
        place.write_text(f"{models}\n[practices.sharing]\n{lines}\n")
        # The real process, as kept.toml alone tells it.
        two.lab.service._context = replace(two.lab.context, backends=PRACTICE.backends)
        (found,) = heard(two).ended
        assert (found.state, found.made, found.why) == ("replayed", 3, "")
        assert found.confinement == said(two).confinement == CONFINEMENTS


def test_what_held_in_each_sitting_is_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=2) as two:
        seated(two.lab.service, confine=f"{__name__}:take", process=f"{__name__}:confined")
        (found,) = heard(two).ended
        assert found.confinement == said(two).confinement == TAKEN.holds


def test_where_confinement_is_required_and_lacking_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with partners(tmp_path, monkeypatch, replay_confinement="required") as two:
        seated(two.lab.service, confine=f"{__name__}:take", process=f"{__name__}:confined")
        with pytest.raises(Unavailable, match="requires"):
            heard(two)
        (found,) = replays(two).values()
        assert (found.state, found.made, attempts(two)) == ("planned", 0, 0)


def test_what_ends_the_worker_each_time_is_abandoned_and_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly, other = pattern("Say this, and nothing goes on.", number=1), pattern(number=2)
    with partners(tmp_path, monkeypatch, replay_attempts=2) as two:
        say = Worker._say

        async def saying(worker: Worker, held: Any, *more: Any, **told: Any) -> None:
            if held.object == deadly["id"]:
                raise KeyboardInterrupt
            await say(worker, held, *more, **told)

        monkeypatch.setattr(Worker, "_say", saying)
        two.publish(deadly, other)
        two.pull()
        for _ in range(INTERRUPTIONS + 1):
            with pytest.raises(KeyboardInterrupt):
                two.replay()
        two.replay()
        found = replays(two)
        assert [found[each["id"]].state for each in (deadly, other)] == ["replayed", "replayed"]
        assert f"ended {INTERRUPTIONS + 1} times" in found[deadly["id"]].why
        assert (found[deadly["id"]].made, found[other["id"]].made) == (0, 2)


def test_a_worker_that_gets_on_is_not_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=6) as two:
        keep, kept = Worker._keep, []

        def keeping(worker: Worker, held: Any, attempt: Any) -> None:
            keep(worker, held, attempt)
            kept.append(attempt.number)
            raise KeyboardInterrupt

        monkeypatch.setattr(Worker, "_keep", keeping)
        two.publish(pattern())
        two.pull()
        for _ in range(6):
            with pytest.raises(KeyboardInterrupt):
                two.replay()
        (found,) = two.replay().ended
        assert (found.made, found.why, kept) == (6, "", list(range(6)))


def test_where_another_worker_is_at_work_it_is_left_to_that_one(two: Partners) -> None:
    with alone(two.lab.context.workspace.state, room="sharing"):
        assert heard(two).ended == ()
        assert asyncio.run(two.lab.service.worker(confined=False)).elsewhere
    assert attempts(two) == 0
    assert len(two.replay().ended) == 1


def test_nothing_is_said_of_which_no_plan_is_in_the_log(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    sit = two.lab.service._sit

    async def forged() -> None:
        two.lab.store.write(lambda connection: connection.execute(REPLAYS.update().values(entry=7)))
        await sit()

    monkeypatch.setattr(two.lab.service, "_sit", forged)
    with pytest.raises(Unavailable, match="no such plan"):
        heard(two)
    assert attempts(two) == 0
    assert list(two.lab.context.ledger.statements(sharing_sighting.TYPE)) == []


def test_what_was_planned_before_there_was_a_worker_is_abandoned(tmp_path: Path) -> None:
    planned = {
        "id": "q-0123456789abcdef", "cursor": 1, "object": "indicator--1", "version": "", "peer": "hub",
        "collection": "c", "tlp": "green", "model": "assistant", "state": "planned", "salt": b"s", "seed": 1,
        "plan": "", "entry": 3, "identity": "assistant", "result": "", "recorded": -1, "why": "",
    }  # fmt: skip

    def as_before(connection: Connection) -> None:
        connection.execute(REPLAYS.insert().values(**planned))
        age(connection, version=4)

    with opened(tmp_path) as room:
        room.store.write(as_before)
    with opened(tmp_path) as room, room.store.read() as connection:
        found = connection.execute(select(REPLAYS)).one()
        assert (found.state, found.ended, found.confined, found.begun) == ("planned", "abandoned", "", 0)
