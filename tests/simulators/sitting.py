"""A sharing room's replay worker that sits in the test's own process, for models and failures that no other knows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOMS: dict[Path, Any] = {}


async def process(workspace: Any, command: Sequence[str], *, seconds: int) -> None:
    """In place of a process of its own."""
    assert tuple(command) == ("sharing", "worker")
    assert seconds > 0
    await ROOMS[workspace.folder].worker(confined=False)


def seated(service: Any, **backend: str) -> None:
    """Have a room's worker sit here; `backend` are other parts of it, by their references."""
    worker = {**service._context.backends["replay-worker"], "process": f"{__name__}:process", **backend}
    service._context = replace(service._context, backends={**service._context.backends, "replay-worker": worker})
    ROOMS[service._context.workspace.folder] = service
