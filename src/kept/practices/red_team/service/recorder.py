"""Makes attempts durable a few milliseconds' worth at a time, while more are made."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kept.core.store import Store
from kept.errors import KeptError
from kept.practices.red_team.methods.schedule import Key
from kept.practices.red_team.records import Outcome
from kept.practices.red_team.service.tables import ATTEMPTS

GATHER_S = 0.04  # how long an attempt waits for others to share its commit
GROUP = 64
WAITING = 4 * GROUP  # attempts that wait to become durable; when there are more, nothing is asked


class Made(NamedTuple):
    """An attempt that is not durable yet, and its row."""

    key: Key
    outcome: Outcome
    row: Mapping[str, Any]


class Recorder:
    """Hands attempts to the store in groups.

    `durable` is told of each attempt once it is durable, `failed` of an error of the store. What a crash takes is
    asked again: at most WAITING attempts and those in flight.
    """

    def __init__(self, store: Store, *, durable: Callable[[Made], None], failed: Callable[[KeptError], None]) -> None:
        self._store = store
        self._durable = durable
        self._failed = failed
        self._waiting: list[Made] = []
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._ending = False

    @property
    def full(self) -> bool:
        """Whether too many attempts are on their way: wait for `room`."""
        return len(self._waiting) >= WAITING

    async def room(self) -> None:
        """Wait until some have become durable."""
        while self.full:
            self._room.clear()
            await self._room.wait()

    def add(self, made: Made) -> None:
        """Take one attempt."""
        self._waiting.append(made)
        self._some.set()

    def end(self) -> None:
        """Nothing more will come: `run` returns once all is durable."""
        self._ending = True
        self._some.set()

    async def run(self) -> None:
        """Write until the end."""
        while not self._ending or self._waiting:
            await self._some.wait()
            self._some.clear()
            if len(self._waiting) < WAITING and not self._ending:
                await asyncio.sleep(GATHER_S)
            # Whole groups are cheapest to insert; what is left over goes with the next ones.
            count = len(self._waiting) if self._ending else max(len(self._waiting) // GROUP, 1) * GROUP
            made, self._waiting = self._waiting[:count], self._waiting[count:]
            if self._waiting:
                self._some.set()
            written = [self._store.written(ATTEMPTS, one.row) for one in made]
            self._room.set()
            for one, becoming in zip(made, written, strict=True):
                try:
                    await becoming
                except KeptError as error:
                    self._failed(error)
                else:
                    self._durable(one)
