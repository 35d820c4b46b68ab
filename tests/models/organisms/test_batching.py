import asyncio
import threading
from collections.abc import Sequence

import pytest

from kept.models.organisms.batching import Batcher


def test_what_waits_in_the_same_tick_is_worked_on_together() -> None:
    sizes: list[int] = []
    batcher = Batcher[int](lambda jobs: sizes.append(len(jobs)), limit=4)

    async def main() -> None:
        await asyncio.gather(*(batcher.submit(number) for number in range(10)))
        await batcher.close()

    asyncio.run(main())
    assert sizes == [4, 4, 2]


def test_work_is_done_off_the_loop() -> None:
    threads: list[int] = []
    batcher = Batcher[int](lambda jobs: threads.append(threading.get_ident()), limit=4)
    asyncio.run(batcher.submit(1))
    assert threads != [threading.get_ident()]


def test_an_error_reaches_everyone_in_the_batch_and_no_one_else() -> None:
    def work(jobs: Sequence[int]) -> None:
        if 2 in jobs:
            raise ValueError("two")

    batcher = Batcher[int](work, limit=2)

    async def main() -> list[object]:
        return await asyncio.gather(*(batcher.submit(number) for number in range(1, 5)), return_exceptions=True)

    first, second, third, fourth = asyncio.run(main())
    assert isinstance(first, ValueError)
    assert isinstance(second, ValueError)
    assert third is None
    assert fourth is None


def test_whoever_stops_waiting_is_not_worked_for() -> None:
    seen: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def work(jobs: Sequence[int]) -> None:
        seen.extend(jobs)
        begun.set()
        go.wait(10)

    batcher = Batcher[int](work, limit=1)

    async def main() -> None:
        first = asyncio.create_task(batcher.submit(1))
        second = asyncio.create_task(batcher.submit(2))
        await asyncio.to_thread(begun.wait, 10)
        second.cancel()
        go.set()
        await first
        with pytest.raises(asyncio.CancelledError):
            await second
        await batcher.close()

    asyncio.run(main())
    assert seen == [1]


def test_it_serves_one_loop_after_another() -> None:
    done: list[int] = []
    batcher = Batcher[int](done.extend, limit=4)
    asyncio.run(batcher.submit(1))
    asyncio.run(batcher.submit(2))
    assert done == [1, 2]


def test_closing_cancels_whoever_waits() -> None:
    go = threading.Event()

    def work(jobs: Sequence[int]) -> None:
        go.wait(10)

    batcher = Batcher[int](work, limit=1)

    async def main() -> list[object]:
        tasks = [asyncio.create_task(batcher.submit(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        await batcher.close()
        go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(found, asyncio.CancelledError) for found in asyncio.run(main()))
