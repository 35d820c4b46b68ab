"""The misbehaving endpoint of `simulators.endpoint` in a thread, for tests that wait for a process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from simulators.endpoint import Endpoint


@contextmanager
def served(*, port: int = 0) -> Iterator[Endpoint]:
    """The endpoint, until the test is done with it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    endpoint = Endpoint(port=port)

    async def begin() -> None:
        await endpoint.__aenter__()

    async def end() -> None:
        await endpoint.__aexit__()

    asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield endpoint
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
