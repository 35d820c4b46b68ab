"""kill -9 at random points of a replay: no attempt that was recorded is made again, and the end is the same."""

import asyncio
import multiprocessing
import os
import signal
import time
from pathlib import Path
from random import Random
from typing import Any

from kept.core.model import Answer, Request
from kept.practices.disclosure.service.replaying.working import INTERRUPTIONS, terms_of
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan
from simulators import replay_room
from simulators.labels import planted
from simulators.scripts import script

KILLS, WORKER = 6, "AGE-SECRET-KEY-1"
FORK = multiprocessing.get_context("fork")


class Counted:
    """A model that takes its time, and notes each question in a file, which survives the process."""

    def __init__(self, model: Any, log: int) -> None:
        self.identity, self._model, self._log = model.identity, model, log

    async def answer(self, request: Request) -> Answer:
        os.write(self._log, b".")
        await asyncio.sleep(0.08)
        answer: Answer = await self._model.answer(request)
        return answer

    async def close(self) -> None:
        await self._model.close()


def sit(folder: Path, identity: str) -> None:
    log = os.open(folder / "asked", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def counted(address: str, **options: Any) -> Counted:
        return Counted(replay_room.open_model(address, **options), log)

    with replay_room.opened(folder, open_model=counted) as room:
        asyncio.run(room.service.worker(identities=[identity], confined=False))


def test_a_worker_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready()
        identity, report = str(room.worker), room.reported()
        room.settle()
        room.work()
        room.settle()
    chance = Random(5)
    for _ in range(KILLS):
        process = FORK.Process(target=sit, args=(tmp_path, identity))
        process.start()
        time.sleep(chance.uniform(0.15, 0.35))
        if process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    with replay_room.opened(tmp_path) as room:
        before = room.of(report).made
    process = FORK.Process(target=sit, args=(tmp_path, identity))
    process.start()
    process.join()
    asked = (tmp_path / "asked").read_bytes().count(b".")
    with replay_room.opened(tmp_path) as room:
        room.settle()
        (result,) = room.of(report).results
        (planned,) = room.ledger.statements("https://kept.example/predicates/disclosure-replay-plan/v1")
        assert planned.statement is not None
        plan = DisclosureReplayPlan.parse(planned.statement)
        judging = room.service.programme_show("assistant").draft.replay
        replayer = room.context.ports["replayer"]
        whole = asyncio.run(
            replayer.replay("assistant", _said(), terms_of(judging, seed=plan.seed), numbers=range(plan.attempts))
        )
    assert 30 <= asked <= 30 + KILLS
    assert before < 30
    same = [one == other for one, other in zip(result.outcomes, whole.outcomes, strict=True)]
    # What was cut short again and again is given up as unassessed, and nothing else differs.
    assert all(same[at] or result.outcomes[at] == "u" for at in range(30))
    assert same.count(False) <= KILLS // (INTERRUPTIONS + 1)


def _said() -> Any:
    from kept.core.replay import Script

    found = script(planted(replay_room.FLAW))
    return Script(found.turns)
