"""What a page asks a room to do, in a thread of its own, so that nobody else waits for the store, a model or a peer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool


async def do(action: Callable[[], Any]) -> Any:
    """What an action gives, done in a thread: a verb that waits for others has a loop of its own there."""
    return await run_in_threadpool(whole, action)


def whole(action: Callable[[], Any]) -> Any:
    """What an action gives, to its end; for a thread in which no loop runs."""
    found = action()
    return asyncio.run(found) if inspect.iscoroutine(found) else found
