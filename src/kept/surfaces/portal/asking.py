"""Short questions to the accounts, by which nearly every request begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from kept.core.accounts import Accounts

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 64
"""So many questions at most are asked at once."""


class Together(Generic[Q, A]):
    """Asks at once what several requests want to know, since to ask costs more than to find.

    What comes while a lot is being answered is the next lot, so no answer was found before its question came.
    `answers` gives as many answers as there are questions, in their order.
    """

    def __init__(
        self, accounts: Callable[[], Accounts], answers: Callable[[Accounts, Sequence[Q]], Sequence[A]]
    ) -> None:
        self._accounts = accounts
        self._opened: Accounts | None = None
        self._answers = answers
        self._turn = asyncio.Lock()
        self._lot: list[Q] = []
        self._answered: asyncio.Task[Sequence[A]] | None = None

    async def ask(self, question: Q) -> A:
        """The answer to one question. Raises what `answers` raised to its lot."""
        answered = self._answered
        if answered is None or answered.done() or len(self._lot) == MOST:
            self._lot = []
            self._answered = answered = asyncio.create_task(self._answer(self._lot))
        lot, number = self._lot, len(self._lot)
        lot.append(question)
        # Whoever goes away takes nobody's answer along.
        return (await asyncio.shield(answered))[number]

    async def _answer(self, lot: list[Q]) -> Sequence[A]:
        async with self._turn:
            if self._opened is None:
                self._opened = await run_in_threadpool(self._accounts)
            if self._lot is lot:
                self._answered = None
            return await self._found(self._opened, lot)

    async def _found(self, accounts: Accounts, lot: Sequence[Q]) -> Sequence[A]:
        """The answers to a lot that is closed.

        A short read of the own disk costs less than handing it to a thread; a server is waited for in a thread that no
        room's work can fill.
        """
        if accounts.is_at_hand:
            return self._answers(accounts, lot)
        return await to_thread.run_sync(self._answers, accounts, lot, limiter=CapacityLimiter(1))
