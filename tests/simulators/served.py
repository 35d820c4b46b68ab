"""An application on a real socket, in a thread."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLContext

from starlette.types import ASGIApp

from kept.surfaces.listening import listening


@contextmanager
def served(application: ASGIApp, *, tls: SSLContext | None = None) -> Iterator[str]:
    """The application while the block runs, over TLS where a context is given; yields its address."""
    told: list[str] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with listening(application, tls=tls) as address:
            told.append(address)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait(30)
    try:
        yield told[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
