import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from kept.core.store import Schema, Store
from kept.errors import Conflict

METADATA = MetaData()
NOTES = Table("test_notes", METADATA, Column("id", Integer, primary_key=True), Column("text", String, nullable=False))
SCHEMA = Schema("test", METADATA)


@pytest.fixture
def store(tmp_path: Path):
    opened = Store.open(f"sqlite:///{tmp_path}/store.db", [SCHEMA])
    yield opened
    opened.close()


def texts(store):
    with store.read() as connection:
        return connection.execute(select(NOTES.c.text).order_by(NOTES.c.id)).scalars().all()


def test_write_returns_what_work_returns_and_read_sees_it(store):
    assert store.write(lambda c: c.execute(NOTES.insert().values(text="a")).rowcount) == 1
    assert texts(store) == ["a"]


def test_written_rows_are_there_after_await(store):
    async def main():
        await asyncio.gather(*[store.written(NOTES, {"text": str(n)}) for n in range(500)])
        assert sorted(map(int, texts(store))) == list(range(500))

    asyncio.run(main())


def test_a_row_that_clashes_fails_alone(store):
    async def main():
        rows = [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}, {"id": 2, "text": "c"}]
        return await asyncio.gather(*[store.written(NOTES, row) for row in rows], return_exceptions=True)

    outcome = asyncio.run(main())
    assert [type(o) for o in outcome] == [type(None), Conflict, type(None)]
    assert texts(store) == ["a", "c"]
