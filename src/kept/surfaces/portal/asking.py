"""Short questions to the accounts, by which nearly every request begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

if TYPE_CHECKING:
    from kept.core.accounts import Accounts

T = TypeVar("T")

THREADS = 4
"""In so many threads at once the accounts are asked. More would only take turns, and not in the order of requests."""
_LIMITER: RunVar[CapacityLimiter] = RunVar("kept.accounts")


async def ask(accounts: Accounts, question: Callable[[], T]) -> T:
    """The answer to a question that takes a moment.

    A short read of the own disk costs less than handing it to a thread; a server is waited for in one of a few threads
    that no room's work can fill.
    """
    return question() if accounts.is_at_hand else await to_thread.run_sync(question, limiter=_limiter())


def _limiter() -> CapacityLimiter:
    try:
        return _LIMITER.get()
    except LookupError:
        made = CapacityLimiter(THREADS)
        _LIMITER.set(made)
        return made
