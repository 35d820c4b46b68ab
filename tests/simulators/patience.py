"""Waiting for what another process does: as long as a busy machine may need, and no longer than it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

from kept.errors import KeptError

T = TypeVar("T")
SECONDS, STEP = 60.0, 0.02


def eventually(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as that is anything; the test fails where it still is nothing after a minute."""
    until = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < until, f"This did not happen within {SECONDS:.0f} s."
        time.sleep(STEP)
    return found


def eventually_refused(work: Callable[[], object]) -> KeptError:
    """How `work` is refused, once it is."""

    def look() -> KeptError | None:
        try:
            work()
        except KeptError as error:
            return error
        return None

    found = eventually(look)
    assert found is not None
    return found
