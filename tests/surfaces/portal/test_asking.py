"""Asking the accounts: together with whoever asks meanwhile, and behind nobody's work."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from anyio import to_thread

from kept.core.accounts import Accounts
from kept.errors import Unavailable
from kept.surfaces.portal.asking import MOST, Together


@dataclass
class Asked:
    """Answers that tell which lot a question was in, and the thread that answered it."""

    is_at_hand: bool
    lots: int = 0
    before: Callable[[int], None] = lambda lot: None

    def together(self) -> Together[str, tuple[str, int, int]]:
        return Together(lambda: cast(Accounts, self), lambda _, lot: self.answers(lot))

    def answers(self, questions: Sequence[str]) -> list[tuple[str, int, int]]:
        self.lots += 1
        self.before(self.lots)
        return [(question, self.lots, threading.get_ident()) for question in questions]


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_what_is_asked_meanwhile_is_asked_at_once_and_each_has_its_own_answer(is_at_hand: bool) -> None:
    async def scenario() -> list[tuple[str, int, int]]:
        together = Asked(is_at_hand).together()
        return await asyncio.gather(*(together.ask(str(number)) for number in range(MOST + 1)))

    answers = asyncio.run(scenario())
    assert [question for question, _, _ in answers] == [str(number) for number in range(MOST + 1)]
    assert [lot for _, lot, _ in answers] == [1] * MOST + [2]
    assert {thread == threading.get_ident() for _, _, thread in answers} == {is_at_hand}


def test_no_answer_is_older_than_its_question() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def before(lot: int) -> None:
        begun.set()
        assert may_end.wait(30)

    async def scenario() -> list[int]:
        together = Asked(False, before=before).together()
        first = asyncio.create_task(together.ask("first"))
        await asyncio.to_thread(begun.wait, 30)
        later = [asyncio.create_task(together.ask(text)) for text in ("second", "third")]
        await asyncio.sleep(0)
        may_end.set()
        return [lot for _, lot, _ in await asyncio.gather(first, *later)]

    assert asyncio.run(scenario()) == [1, 2, 2]


def test_a_lot_that_fails_fails_for_each_in_it_and_for_nobody_after() -> None:
    def before(lot: int) -> None:
        if lot == 1:
            raise Unavailable("The server is away.", code="store.away")

    async def scenario() -> tuple[list[Any], tuple[str, int, int]]:
        together = Asked(False, before=before).together()
        failed = await asyncio.gather(together.ask("a"), together.ask("b"), return_exceptions=True)
        return failed, await together.ask("c")

    failed, after = asyncio.run(scenario())
    assert [str(error) for error in failed] == ["The server is away."] * 2
    assert after[:2] == ("c", 2)


def test_whoever_goes_away_takes_nobody_s_answer_along() -> None:
    async def scenario() -> tuple[str, int, int]:
        together = Asked(False).together()
        leaving, staying = asyncio.create_task(together.ask("leaving")), asyncio.create_task(together.ask("staying"))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(scenario())[:2] == ("staying", 1)


def test_one_who_asks_another_loop_later_is_answered() -> None:
    together = Asked(False).together()
    assert [asyncio.run(together.ask(text))[:2] for text in "ab"] == [("a", 1), ("b", 2)]


def test_where_a_server_is_asked_it_waits_for_no_room_s_work() -> None:
    async def scenario() -> None:
        done, limiter = threading.Event(), to_thread.current_default_thread_limiter()
        together = Asked(False).together()
        await together.ask("the first opens the accounts")
        async with asyncio.TaskGroup() as work:
            for _ in range(int(limiter.total_tokens)):
                work.create_task(to_thread.run_sync(done.wait))
            while limiter.available_tokens:
                await asyncio.sleep(0)
            assert (await together.ask("again"))[2] != threading.get_ident()
            done.set()

    asyncio.run(scenario())
