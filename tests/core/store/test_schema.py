"""Migrations go forward only, all or nothing, once, whoever opens the store first."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, inspect, select, text

from kept.core.store import Migration, Schema, Store
from kept.errors import Conflict, Invalid


def add_colour(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE room_things ADD COLUMN colour VARCHAR DEFAULT 'grey'"))


def add_marks(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE room_marks (id INTEGER PRIMARY KEY)"))
    connection.execute(text("INSERT INTO room_marks (id) SELECT id FROM room_things"))


def things(*columns: str) -> MetaData:
    metadata = MetaData()
    Table("room_things", metadata, Column("id", Integer, primary_key=True), *[Column(name, String) for name in columns])
    return metadata


def third_metadata() -> MetaData:
    metadata = things("name", "colour")
    Table("room_marks", metadata, Column("id", Integer, primary_key=True))
    return metadata


FIRST = Schema("room", things("name"))
SECOND = Schema("room", things("name", "colour"), (Migration("colour", add_colour),))
THIRD = Schema("room", third_metadata(), (Migration("colour", add_colour), Migration("marks", add_marks)))


def open_with(url: str, schema: Schema, work: Callable[[Connection], object] | None = None) -> object:
    store = Store.open(url, [schema])
    try:
        return store.write(work) if work else None
    finally:
        store.close()


def columns(connection: Connection) -> dict[str, set[str]]:
    found = inspect(connection)
    tables = [name for name in found.get_table_names() if name.startswith("room_")]
    return {table: {column["name"] for column in found.get_columns(table)} for table in tables}


def test_a_migrated_store_ends_like_a_fresh_one(url, postgres, tmp_path):
    open_with(url, FIRST, lambda c: c.execute(insert(FIRST.tables.tables["room_things"]).values(id=7, name="old")))
    open_with(url, SECOND)
    migrated = open_with(url, THIRD, columns)
    assert migrated == open_with(f"sqlite:///{tmp_path}/fresh.db", THIRD, columns)
    assert open_with(url, THIRD, lambda c: c.execute(text("SELECT id FROM room_marks")).scalars().all()) == [7]
    assert open_with(url, THIRD, lambda c: c.execute(text("SELECT colour FROM room_things")).scalars().all()) == [
        "grey"
    ]


def test_each_migration_runs_once(url):
    for _ in range(3):
        open_with(url, SECOND)
    assert open_with(url, SECOND, columns) == {"room_things": {"id", "name", "colour"}}


def test_a_store_of_a_newer_version_is_not_touched(url):
    open_with(url, THIRD)
    with pytest.raises(Conflict, match="does not know") as caught:
        open_with(url, FIRST)
    assert caught.value.code == "store.newer"
    assert "version of kept" in caught.value.hint


def test_a_store_whose_past_differs_is_not_touched(url):
    open_with(url, SECOND)
    with pytest.raises(Conflict):
        open_with(url, Schema("room", things("name", "shape"), (Migration("shape", add_marks),)))


def test_a_migration_that_fails_leaves_the_store_as_it_was(url):
    def half(connection: Connection) -> None:
        add_marks(connection)
        raise LookupError("stopped half-way")

    open_with(url, FIRST)
    with pytest.raises(LookupError):
        open_with(url, Schema("room", third_metadata(), (Migration("colour", add_colour), Migration("marks", half))))
    assert open_with(url, FIRST, columns) == {"room_things": {"id", "name"}}
    open_with(url, THIRD)


def test_many_may_open_an_old_store_at_once(url):
    open_with(url, FIRST)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            open_with(url, THIRD)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_rooms_share_one_store(url):
    other = MetaData()
    table = Table("other_things", other, Column("id", Integer, primary_key=True))
    store = Store.open(url, [FIRST, Schema("other", other)])
    store.write(lambda connection: connection.execute(insert(table).values(id=1)))
    with store.read() as connection:
        assert connection.execute(select(table.c.id)).scalar() == 1
    store.close()
    open_with(url, FIRST)


def test_a_table_bears_the_name_of_its_room():
    with pytest.raises(Invalid, match="must begin with 'elsewhere_'"):
        Schema("elsewhere", things("name"))
