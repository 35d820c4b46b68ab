"""What a store promises on both databases: snapshots, serialised durable writes, group commit, clear refusals."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import uvloop
from sqlalchemy import bindparam, func, insert, select, update

from kept.core.store import Schema, Store
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from simulators.store_schema import METADATA, NOTES, REPLIES

SCHEMA = Schema("test", METADATA)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, [SCHEMA])
    yield opened
    opened.close()


def texts(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(NOTES.c.text).order_by(NOTES.c.id)).scalars())


def add(text: str, **columns):
    def work(connection) -> str:
        connection.execute(insert(NOTES).values(text=text, **columns))
        return text.upper()

    return work


def test_write_returns_what_its_work_returns(store):
    assert store.write(add("a")) == "A"
    assert texts(store) == ["a"]


def test_what_erases_is_a_write(store):
    assert store.erase(add("a")) == "A"
    assert store.erase(lambda connection: connection.execute(NOTES.delete()).rowcount) == 1
    assert texts(store) == []


def test_write_that_raises_changes_nothing(store):
    def work(connection):
        connection.execute(insert(NOTES).values(text="a"))
        raise LookupError("the work failed")

    with pytest.raises(LookupError):
        store.write(work)
    assert texts(store) == []


def test_read_is_a_snapshot(store):
    store.write(add("a"))
    with store.read() as connection:
        before = connection.execute(select(func.count()).select_from(NOTES)).scalar()
        store.write(add("b"))
        assert connection.execute(select(func.count()).select_from(NOTES)).scalar() == before == 1
    assert texts(store) == ["a", "b"]


def test_read_refuses_to_write(store):
    with pytest.raises(Denied), store.read() as connection:
        connection.execute(insert(NOTES).values(text="a"))


def test_one_question_is_answered_without_a_transaction_and_can_t_write(store):
    store.write(add("a"))
    named = select(NOTES.c.text).where(NOTES.c.text == bindparam("named"))
    assert [row.text for row in store.rows(named, {"named": "a"})] == ["a"]
    with pytest.raises(Denied):
        store.rows(insert(NOTES).values(text="b").returning(NOTES.c.id))
    store.write(add("c"))
    assert [row.text for row in store.rows(select(NOTES.c.text).order_by(NOTES.c.id))] == ["a", "c"]


def test_a_broken_constraint_is_a_conflict(store):
    store.write(add("a", id=1))
    with pytest.raises(Conflict, match="clashes"):
        store.write(add("b", id=1))
    with pytest.raises(Conflict):
        store.write(lambda connection: connection.execute(insert(REPLIES).values(note=99)))


def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_itself(store):
    with pytest.raises(Conflict, match="inside another"):
        store.write(lambda _: store.write(add("a")))


def test_each_write_sees_the_one_before(store):
    """Counting up from what is read loses nothing, whoever else counts: this is how ledger indices stay gapless."""
    store.write(add("counter", id=1, batch=0))

    def count_up(connection):
        now = connection.execute(select(NOTES.c.batch).where(NOTES.c.id == 1)).scalar_one()
        connection.execute(update(NOTES).where(NOTES.c.id == 1).values(batch=now + 1))

    def count() -> None:
        for _ in range(20):
            store.write(count_up)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert connection.execute(select(NOTES.c.batch)).scalar_one() == 80


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_written_row_is_there_after_its_await(store, run):
    async def produce(name: int) -> None:
        for number in range(5):
            await store.written(NOTES, {"text": f"{name}-{number}"})
            if number == 4 and name % 20 == 0:
                assert f"{name}-{number}" in texts(store)

    async def main():
        await asyncio.gather(*[produce(name) for name in range(60)])

    run(main())
    assert sorted(texts(store)) == sorted(f"{name}-{number}" for name in range(60) for number in range(5))


def test_written_fills_columns_as_write_does(store):
    rows = [
        {"id": 101, "text": "a", "body": b"\x00\xff", "extra": {"k": [1, None]}},
        {"text": "b", "id": 102, "extra": None},
        {"id": 103, "text": "c", "mood": "cross"},
        {"text": "d"},
    ]

    async def main():
        await asyncio.gather(*[store.written(NOTES, row) for row in rows])

    asyncio.run(main())
    with store.read() as connection:
        found = connection.execute(select(NOTES).order_by(NOTES.c.text)).mappings().all()
    assert [row["body"] for row in found] == [b"\x00\xff", None, None, None]
    assert [row["extra"] for row in found] == [{"k": [1, None]}, None, None, None]
    assert [row["mood"] for row in found] == ["calm", "calm", "cross", "calm"]


def test_rows_of_several_tables_are_written_in_the_order_that_they_need(store):
    async def main():
        await store.written(NOTES, {"id": 1, "text": "a"})
        await asyncio.gather(
            store.written(REPLIES, {"note": 1}),
            store.written(NOTES, {"id": 2, "text": "b"}),
            store.written(REPLIES, {"note": 2}),
        )

    asyncio.run(main())
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(REPLIES)).scalar() == 2


def test_a_row_that_clashes_fails_alone(store):
    rows = [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}, {"id": 2, "text": "c"}]

    async def main():
        return await asyncio.gather(*[store.written(NOTES, row) for row in rows], return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(main())] == [type(None), Conflict, type(None)]
    assert texts(store) == ["a", "c"]


@pytest.mark.parametrize(
    "row",
    [{"text": object()}, {"id": 2**70, "text": "huge"}, {"text": "\ud800"}, {"text": "x", "typo": 1}, None],
    ids=["no text", "too large", "a lone surrogate", "no such column", "no row"],
)
def test_a_row_that_no_column_can_hold_fails_alone(store, row):
    async def main():
        good, bad = store.written(NOTES, {"text": "a"}), store.written(NOTES, row)
        return await asyncio.gather(good, bad, return_exceptions=True)

    outcome = asyncio.run(main())
    assert outcome[0] is None
    assert isinstance(outcome[1], Invalid)
    assert texts(store) == ["a"]


def test_a_cancelled_producer_does_not_take_the_others_with_it(store):
    async def produce(text: str) -> str:
        await store.written(NOTES, {"text": text})
        return text

    async def main():
        tasks = [asyncio.create_task(produce(str(number))) for number in range(10)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcome = asyncio.run(main())
    assert isinstance(outcome.pop(3), asyncio.CancelledError)
    assert outcome == [str(number) for number in range(10) if number != 3]
    assert len(texts(store)) >= 9


def test_close_keeps_what_was_handed_over(url):
    store = Store.open(url, [SCHEMA])

    async def main():
        waiting = [store.written(NOTES, {"text": str(number)}) for number in range(100)]
        await asyncio.to_thread(store.close)
        await asyncio.gather(*waiting)

    asyncio.run(main())
    again = Store.open(url, [SCHEMA])
    assert len(texts(again)) == 100
    again.close()


def test_close_keeps_what_nobody_waits_for(url):
    store = Store.open(url, [SCHEMA])

    async def main():
        for number in range(100):
            store.written(NOTES, {"text": str(number)})

    asyncio.run(main())
    store.close()
    again = Store.open(url, [SCHEMA])
    assert len(texts(again)) == 100
    again.close()


def test_a_closed_store_takes_no_more(url):
    store = Store.open(url, [SCHEMA])
    store.close()

    async def main():
        await store.written(NOTES, {"text": "late"})

    with pytest.raises(Conflict, match="closed"):
        asyncio.run(main())


def test_several_event_loops_share_one_store(store):
    async def main(name: int):
        await asyncio.gather(*[store.written(NOTES, {"text": f"{name}-{number}"}) for number in range(50)])

    threads = [threading.Thread(target=lambda name=name: asyncio.run(main(name))) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(texts(store))) == 200


WRITER = """
import asyncio, sys
from kept.core.store import Schema, Store
from simulators.store_schema import METADATA, NOTES
store = Store.open(sys.argv[1], [Schema("test", METADATA)])
async def main():
    for number in range(10):
        await asyncio.gather(*[store.written(NOTES, {"text": f"{sys.argv[2]}-{number}-{n}"}) for n in range(10)])
        store.write(lambda connection: connection.execute(NOTES.insert().values(text=f"{sys.argv[2]}-{number}-w")))
asyncio.run(main())
store.close()
"""


def test_several_processes_open_and_write_one_new_store_at_once(url):
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{WRITER}", url]
    writers = [subprocess.Popen([*command, str(name)], stderr=subprocess.PIPE) for name in range(3)]
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == [(b"", 0)] * 3
    store = Store.open(url, [SCHEMA])
    assert len(set(texts(store))) == 3 * 110
    store.close()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("not a url", Invalid),
        ("mysql://host/base", Invalid),
        ("sqlite://", Invalid),
        ("sqlite:///:memory:", Invalid),
        ("sqlite:////no/such/folder/store.db", NotFound),
        ("postgresql://nobody@/none?host=/no/such/folder", Unavailable),
    ],
)
def test_a_url_that_cannot_be_opened_says_why(address, kind):
    with pytest.raises(kind):
        Store.open(address, [SCHEMA])


def test_a_url_with_a_password_keeps_it_out_of_the_error():
    with pytest.raises(Unavailable) as caught:
        Store.open("postgresql://user:hunter2@127.0.0.1:1/none", [SCHEMA])
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_half_of_a_surrogate_pair_is_no_value_of_any_column(store):
    with pytest.raises(Invalid):
        store.write(add("half \ud800"))
    with pytest.raises(Invalid), store.read() as connection:
        connection.execute(select(NOTES).where(NOTES.c.text == "\ud800")).all()
    assert texts(store) == []
