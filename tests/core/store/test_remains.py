"""What was erased is in no file of SQLite's: not in unused parts of pages, nor in its log once nobody reads it."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from kept.core.store import Schema, Store, remains
from kept.errors import Unavailable
from simulators.remains import files_with
from simulators.store_schema import METADATA, NOTES

SCHEMA = Schema("test", METADATA)
SECRET = "Jane Roe, 12 Elm Street"


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder}/store.db", [SCHEMA])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = opened(tmp_path)
    found.write(lambda connection: connection.execute(insert(NOTES), [{"id": 1, "text": SECRET}]))
    yield found
    found.close()


def erasing(connection: Connection) -> None:
    connection.execute(update(NOTES).where(NOTES.c.id == 1).values(text=""))


def is_noted(folder: Path) -> bool:
    return (folder / "store.db-erased").exists()


def test_an_erased_text_is_in_no_file(store: Store, tmp_path: Path) -> None:
    store.write(erasing)
    assert files_with(tmp_path, SECRET)
    store.erase(erasing)
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)


def test_a_copy_that_stayed_where_a_row_was_moved_is_gone(store: Store, tmp_path: Path) -> None:
    """SQLite doesn't overwrite these: this is what writing the file anew is for."""
    drawn = random.Random(2)
    numbers = drawn.sample(range(10, 2010), 2000)
    rows = [{"id": number, "text": f"person-{number:06d} " * drawn.choice((5, 30, 90))} for number in numbers]

    def fill(connection: Connection) -> None:
        for row in rows:
            connection.execute(insert(NOTES), row)

    def forget(connection: Connection) -> None:
        for row in rows:
            if row["id"] % 3:
                connection.execute(delete(NOTES).where(NOTES.c.id == row["id"]))

    store.write(fill)
    store.erase(forget)
    held = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    assert [number for number in numbers if f"person-{number:06d} ".encode() in held and number % 3] == []
    assert all(f"person-{number:06d} ".encode() in held for number in numbers if number % 3 == 0)


def test_what_is_written_in_between_lies_in_no_temporary_file(store: Store, tmp_path: Path) -> None:
    rows = [{"id": number, "text": str(number) * 500} for number in range(10, 400)]
    store.write(lambda connection: connection.execute(insert(NOTES), rows))
    pooled = store._database.writer.raw_connection()
    driver: Any = pooled.driver_connection
    # So small a cache spills into a file at once.
    driver.execute("PRAGMA cache_size=5").close()
    pooled.close()
    seen: set[str] = set()

    def look() -> int:
        seen.update(str(each.resolve()) for each in Path("/proc/self/fd").iterdir())
        return 0

    driver.set_progress_handler(look, 500)
    store.erase(erasing)
    driver.set_progress_handler(None, 0)
    assert any(str(tmp_path) in each for each in seen)
    assert not [each for each in seen if "etilqs" in each]


def test_what_a_reader_elsewhere_needs_is_gone_when_it_is_done(store: Store, tmp_path: Path) -> None:
    elsewhere = opened(tmp_path)
    with elsewhere.read() as connection:
        assert connection.execute(select(NOTES.c.text)).scalars().all() == [SECRET]
        store.erase(erasing)
        store.write(lambda connection: connection.execute(insert(NOTES).values(text="Later.")))
        assert is_noted(tmp_path)
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)
    elsewhere.close()


def test_a_reader_of_ones_own_is_no_obstacle_for_longer_than_it_reads(store: Store, tmp_path: Path) -> None:
    with store.read() as connection:
        assert connection.execute(select(NOTES.c.text)).scalars().all() == [SECRET]
        store.erase(erasing)
        assert is_noted(tmp_path)
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)


def test_what_a_process_left_that_died_is_done_by_the_next(store: Store, tmp_path: Path, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(remains.Remains, "clear", lambda self: None)
        store.erase(erasing)
    assert files_with(tmp_path, SECRET)
    opened(tmp_path).close()
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)


def test_a_disk_that_refuses_is_told_and_tried_again(store: Store, tmp_path: Path, monkeypatch: Any) -> None:
    def full(self: remains.Remains) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(remains.Remains, "_connected", full)
        with pytest.raises(Unavailable, match=r"It is erased, but.*disk is full"):
            store.erase(erasing)
        opened(tmp_path).close()
        assert is_noted(tmp_path)
    with store.read() as connection:
        assert connection.execute(select(NOTES.c.text)).scalars().all() == [""]
    opened(tmp_path).close()
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)


def test_of_a_large_file_the_log_is_emptied(store: Store, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(remains, "LARGEST", 0)
    store.erase(erasing)
    assert (files_with(tmp_path, SECRET), is_noted(tmp_path)) == ([], False)


def test_an_erasure_that_fails_leaves_nothing_to_do(store: Store, tmp_path: Path) -> None:
    def failing(connection: Connection) -> None:
        erasing(connection)
        raise LookupError("It isn't there.")

    with pytest.raises(LookupError):
        store.erase(failing)
    assert not is_noted(tmp_path)
    assert files_with(tmp_path, SECRET)
