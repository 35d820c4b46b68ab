"""kill -9 at random points of a campaign: nothing that was recorded is asked again, nothing is lost.

Each sitting is a child process on the same workspace; the parent kills it, or lets the last one finish.
"""

import asyncio
import multiprocessing
import os
import signal
import time
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from kept.core.model import Answer, Request
from kept.practices.red_team.service.recorder import WAITING
from kept.practices.red_team.service.tables import ATTEMPTS
from kept.predicates import campaign_plan, campaign_result
from simulators import red_team_room
from simulators.red_team_room import Room, opened

KILLS, CONCURRENCY = 20, 16
URI = "organism:rules?seed=7"
SECTION: dict[str, Any] = {"prompts": 4, "trials": 2, "seed": 3}
PLANNED = 224 * 4 * 2

FORK = multiprocessing.get_context("fork")


class Counted:
    """A model that notes each question in a file, which survives the process."""

    def __init__(self, model: Any, log: int) -> None:
        self.identity, self._model, self._log = model.identity, model, log

    async def answer(self, request: Request) -> Answer:
        os.write(self._log, b".")
        answer: Answer = await self._model.answer(request)
        return answer

    async def stream(self, request: Request) -> Any:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        await self._model.close()


def sit(folder: Path) -> None:
    """Go on with the campaign that is open, open one where there is none, and leave a closed one alone."""
    log = os.open(folder / "asked", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def counted(address: str, **options: Any) -> Counted:
        return Counted(red_team_room.open_model(address, **options), log)

    with opened(folder, concurrency=CONCURRENCY, open_model=counted) as room:
        campaigns = room.service.list()
        if not campaigns:
            asyncio.run(room.service.run(URI, by=room.actor, section=SECTION))
        elif campaigns[0]["state"] == "open":
            asyncio.run(room.service.resume(campaigns[0]["campaign"], by=room.actor))


def sitting(folder: Path) -> multiprocessing.process.BaseProcess:
    process = FORK.Process(target=sit, args=(folder,))
    process.start()
    return process


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The outcome digest of a run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    with opened(folder):
        pass
    process = sitting(folder)
    process.join()
    assert process.exitcode == 0
    with opened(folder) as room:
        return digest(room)


def _wait_until_asked(folder: Path, more: int, process: multiprocessing.process.BaseProcess) -> None:
    """Until a sitting has asked so many questions more: the same moments on a fast machine and a slow one."""
    log = folder / "asked"
    wanted = (log.stat().st_size if log.exists() else 0) + more
    while process.is_alive() and (not log.exists() or log.stat().st_size < wanted):
        time.sleep(0.001)


def digest(room: Room) -> str:
    (campaign,) = room.service.list()
    assert campaign["state"] == "completed"
    return sha256(room.service.outcomes(campaign["campaign"])).hexdigest()


def recorded(room: Room) -> int:
    with room.store.read() as connection:
        return connection.execute(select(func.count()).select_from(ATTEMPTS)).scalar_one()


def test_a_campaign_that_is_killed_again_and_again_ends_as_if_nothing_had_happened(
    tmp_path: Path, uninterrupted: str
) -> None:
    chance, made, killed = Random(2), [0], 0
    with opened(tmp_path):
        pass
    for _ in range(KILLS):
        process = sitting(tmp_path)
        _wait_until_asked(tmp_path, chance.randrange(PLANNED // KILLS), process)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        with opened(tmp_path) as room:
            made.append(recorded(room))
    process = sitting(tmp_path)
    process.join()
    assert process.exitcode == 0
    assert killed >= 5
    assert made == sorted(made)
    with opened(tmp_path) as room:
        assert digest(room) == uninterrupted
        assert recorded(room) == PLANNED
        statements = [found.entry.predicate for found in room.ledger.statements()]
    assert statements == [campaign_plan.TYPE, campaign_result.TYPE]
    asked = (tmp_path / "asked").stat().st_size
    # Only what was in flight, or on its way to the disk, is asked again.
    assert PLANNED <= asked <= PLANNED + killed * (CONCURRENCY + 2 * WAITING)


def test_a_kill_between_the_plan_and_the_first_attempt_loses_no_plan(tmp_path: Path) -> None:
    """The plan's place in the ledger is noted after the plan is recorded; without the note it is looked up."""
    from kept.practices.red_team.service.tables import CAMPAIGNS

    with opened(tmp_path, open_model=lambda address, **_: Killed()) as room:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(room.service.run(URI, by=room.actor, section=SECTION))
        room.store.write(lambda connection: connection.execute(CAMPAIGNS.update().values(plan_index=None)))
    with opened(tmp_path, open_model=lambda address, **_: red_team_room.open_model(address)) as room:
        (campaign,) = room.service.list()
        room.service.abandon(campaign["campaign"], reason="the machine was switched off", by=room.actor)
        assert room.service.show(campaign["campaign"])["result"]["plan"] == 0


class Killed:
    identity = red_team_room.open_model(URI).identity

    async def answer(self, request: Request) -> Answer:
        raise KeyboardInterrupt

    async def close(self) -> None:
        pass
