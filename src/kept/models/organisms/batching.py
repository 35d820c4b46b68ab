"""Gathers what waits at the same moment, and works on it off the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batcher(Generic[T]):
    """Runs `work` on at most `limit` waiting jobs at a time, in a thread."""

    def __init__(self, work: Callable[[Sequence[T]], None], *, limit: int) -> None:
        self._work = work
        self._limit = limit
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def submit(self, job: T) -> None:
        """Return when the job is done; raises what `work` raised."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((job, done))
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._run())
        await done

    async def close(self) -> None:
        """Stop; whoever still waits is cancelled."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
            self._pump = None
        for _, done in self._waiting:
            done.cancel()
        self._waiting = []

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever asks in the same tick comes along
            batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
            wanted = [(job, done) for job, done in batch if not done.done()]
            try:
                await self._one(wanted)
            finally:
                for _, done in wanted:
                    done.cancel()

    async def _one(self, batch: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(None, self._work, [job for job, _ in batch])
        await asyncio.wait({running})
        error = running.exception()
        for _, done in batch:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
