"""A database server that dies under the store: producers are told, and nothing that was acknowledged is lost."""

import asyncio

import pytest
from sqlalchemy import func, select

from kept.core.store import Schema, Store, postgres
from kept.errors import Unavailable
from simulators.postgres_server import postgres_server
from simulators.store_schema import METADATA, NOTES

SCHEMA = Schema("test", METADATA)


@pytest.fixture
def server(postgres_binaries):
    with postgres_server(postgres_binaries) as server:
        yield server


def test_a_server_that_dies_loses_nothing_that_was_acknowledged(server):
    store = Store.open(server.new_database(), [SCHEMA])
    acknowledged: set[str] = set()

    async def produce(name: str) -> None:
        for number in range(100_000):
            await store.written(NOTES, {"text": f"{name}-{number}"})
            acknowledged.add(f"{name}-{number}")

    async def until_it_dies(life: int) -> list[object]:
        producers = [asyncio.create_task(produce(f"{life}-{name}")) for name in range(16)]
        await asyncio.sleep(0.15)
        await asyncio.to_thread(server.crash)
        return await asyncio.gather(*producers, return_exceptions=True)

    for life in range(3):
        assert {type(error) for error in asyncio.run(until_it_dies(life))} == {Unavailable}
        with pytest.raises(Unavailable):
            store.write(lambda connection: None)
        server.start()
        with store.read() as connection:
            assert acknowledged <= set(connection.execute(select(NOTES.c.text)).scalars())
    assert len(acknowledged) > 100
    store.close()


def test_sessions_that_the_server_ended_meanwhile_are_not_used(server, monkeypatch):
    store = Store.open(server.new_database(), [SCHEMA])
    count = select(func.count()).select_from(NOTES)

    def read() -> int:
        with store.read() as connection:
            return connection.execute(count).scalar()

    uses = (
        read,
        lambda: store.write(lambda connection: connection.execute(count).scalar()),
        lambda: store.rows(count)[0][0],
    )
    for use in uses:
        assert use() == 0
        server.end_sessions()
        assert use() == 0

    # One that ends just after it was looked at: a single question is asked again, a transaction is not begun again.
    monkeypatch.setattr(postgres, "_is_quiet", lambda connection: True)
    server.end_sessions()
    assert uses[2]() == 0
    for use in uses[:2]:
        server.end_sessions()
        with pytest.raises(Unavailable):
            use()
        assert use() == 0
    store.close()


def test_a_server_that_would_not_sync_is_refused(server):
    server.execute("ALTER SYSTEM SET fsync = off")
    server.crash()
    server.start()
    url = server.new_database()
    with pytest.raises(Unavailable, match="fsync off"):
        Store.open(url, [SCHEMA])


def test_a_database_that_is_not_there_is_named(server):
    with pytest.raises(Unavailable, match='database "elsewhere" does not exist'):
        Store.open(server.url("elsewhere"), [SCHEMA])


def test_a_user_that_the_server_does_not_know_is_named(server):
    with pytest.raises(Unavailable, match='role "mallory" does not exist'):
        Store.open(server.url("postgres").replace("kept@", "mallory@"), [SCHEMA])
