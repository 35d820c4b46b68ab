"""A TAXII server of kept on a socket of this machine, in a thread of the test."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from kept.practices.sharing.service import Service
from kept.practices.sharing.web.taxii import ROOT, router
from kept.surfaces.listening import listening


def application(service: Service) -> FastAPI:
    """The TAXII routes alone, where `kept serve` mounts them."""
    built = FastAPI()
    built.include_router(router(lambda: service), prefix=ROOT)
    return built


@contextmanager
def served(application: Any, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of an application that is served while the block runs."""
    started = threading.Event()
    address: list[str] = []
    stop: list[Any] = []

    async def serve() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        async with listening(application, tls=tls) as found:
            address.append(found)
            started.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(30)
    try:
        yield address[0]
    finally:
        stop[0]()
        thread.join(30)
