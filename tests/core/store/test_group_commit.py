"""How producers are gathered into groups, and what each of them is told."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from itertools import chain

import pytest

from kept.core.store.group_commit import GroupCommit
from kept.core.store.inserts import Row
from kept.errors import Conflict, KeptError, Unavailable
from simulators.store_schema import NOTES


class Journal:
    """Commits to a list: `hold` makes a commit wait, `fails` is raised or returned by the next ones."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.fails: BaseException | Mapping[int, KeptError] = {}

    def commit(self, rows: Sequence[Row]) -> Mapping[int, KeptError]:
        self.begun.set()
        self.free.wait()
        if isinstance(self.fails, BaseException):
            raise self.fails
        self.groups.append([row["text"] for _, row in rows])
        return self.fails


@pytest.fixture
def journal() -> Journal:
    return Journal()


def row(text: str) -> Row:
    return NOTES, {"text": text}


def test_producers_that_run_together_are_committed_together(journal):
    commits = GroupCommit(journal.commit)

    async def produce(name: int) -> None:
        for number in range(4):
            await commits.add(row(f"{number}:{name}"))

    async def main():
        await asyncio.gather(*[produce(name) for name in range(32)])

    asyncio.run(main())
    commits.close()
    assert sorted(chain.from_iterable(journal.groups)) == sorted(
        f"{number}:{name}" for number in range(4) for name in range(32)
    )
    assert len(journal.groups) < 32


def test_a_straggler_joins_the_group_of_the_others(journal):
    """One producer out of step must not make every second commit a commit of its row alone."""
    commits = GroupCommit(journal.commit)

    async def produce(name: int) -> None:
        for number in range(6):
            await commits.add(row(f"{number}:{name}"))

    async def main():
        journal.free.clear()
        first = asyncio.create_task(produce(0))
        await asyncio.to_thread(journal.begun.wait)
        rest = [asyncio.create_task(produce(name)) for name in range(1, 10)]
        # Each of them hands its row over in its first step; then the group waits to be committed.
        for _ in range(3):
            await asyncio.sleep(0)
        journal.free.set()
        await asyncio.gather(first, *rest)

    asyncio.run(main())
    commits.close()
    assert journal.groups[0] == ["0:0"]
    assert len(journal.groups[1]) == 10


def test_no_more_rows_wait_than_the_bound(journal):
    commits = GroupCommit(journal.commit, bound=8)

    async def main():
        journal.free.clear()
        waiting = [asyncio.ensure_future(commits.add(row(str(number)))) for number in range(50)]
        await asyncio.sleep(0.02)
        journal.free.set()
        await asyncio.gather(*waiting)

    asyncio.run(main())
    commits.close()
    assert sorted(chain.from_iterable(journal.groups), key=int) == [str(number) for number in range(50)]
    assert max(map(len, journal.groups)) <= 8


def test_a_failed_group_fails_every_producer_in_it_and_not_the_next(journal):
    commits = GroupCommit(journal.commit)

    full = Unavailable("The disk is full.")

    async def main():
        journal.fails = full
        failed = await asyncio.gather(*[commits.add(row("a")) for _ in range(5)], return_exceptions=True)
        journal.fails = {}
        await commits.add(row("b"))
        return failed

    assert asyncio.run(main()) == [full] * 5
    commits.close()
    assert journal.groups == [["b"]]


def test_only_the_guilty_row_fails(journal):
    commits = GroupCommit(journal.commit)
    clash = Conflict("It is there already.")
    journal.fails = {1: clash}

    async def main():
        return await asyncio.gather(*[commits.add(row(name)) for name in "abc"], return_exceptions=True)

    assert asyncio.run(main()) == [None, clash, None]
    commits.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_stops_unexpectedly_leaves_nobody_waiting_and_starts_again(journal):
    commits = GroupCommit(journal.commit)

    async def main():
        journal.fails = LookupError("a defect")
        with pytest.raises(Unavailable, match="writer stopped"):
            await commits.add(row("a"))
        journal.fails = {}
        await commits.add(row("b"))

    asyncio.run(main())
    commits.close()
    assert journal.groups == [["b"]]


def test_a_loop_that_is_closed_just_before_it_is_told_stops_no_other(journal):
    class Ending(asyncio.SelectorEventLoop):
        """It is open still when the writer looks, and closed when it tells."""

        def is_closed(self) -> bool:
            return super().is_closed() and threading.current_thread().name != "kept-group-commit"

    commits = GroupCommit(journal.commit)

    async def hand_over(text: str) -> None:
        commits.add(row(text))

    journal.free.clear()
    loop = Ending()
    loop.run_until_complete(hand_over("a"))
    journal.begun.wait()
    loop.close()
    journal.free.set()
    asyncio.run(hand_over("b"))
    commits.close()
    assert journal.groups == [["a"], ["b"]]
