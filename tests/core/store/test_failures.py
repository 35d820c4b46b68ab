"""A damaged, truncated, read-only or foreign file is refused with an error that says what to do, never a traceback."""

import contextlib
import os
import random
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kept.core.store import Schema, Store
from kept.core.store.failures import translate
from kept.errors import Conflict, Unavailable, Unverified
from simulators.store_schema import METADATA, NOTES

SCHEMA = Schema("test", METADATA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store of some hundred pages, all of them in the main file."""
    path = tmp_path / "store.db"
    store = Store.open(f"sqlite:///{path}", [SCHEMA])
    rows = [{"text": f"note {number}", "body": bytes(900)} for number in range(400)]
    store.write(lambda connection: connection.execute(NOTES.insert(), rows))
    store.close()
    assert not path.with_name("store.db-wal").exists()
    return path


def read_and_write(path: Path) -> None:
    store = Store.open(f"sqlite:///{path}", [SCHEMA])
    try:
        with store.read() as connection:
            connection.execute(select(NOTES)).all()
        store.write(lambda connection: connection.execute(NOTES.insert().values(text="one more")))
    finally:
        store.close()


@pytest.mark.parametrize("left", [1, 99, 4096, 4097, 100_000])
def test_a_truncated_store_is_unverified(path, left):
    os.truncate(path, left)
    with pytest.raises(Unverified, match=r"damaged|truncated") as caught:
        read_and_write(path)
    assert "backup" in caught.value.hint


def test_a_file_that_is_no_database_is_unverified(path):
    path.write_bytes(b"these are notes, not a database\n" * 1000)
    with pytest.raises(Unverified):
        read_and_write(path)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bits_give_an_error_of_ours_or_nothing(path, seed):
    """SQLite has no checksums, so a flip inside a value stays unseen here; the ledger's hashes are what reveals it."""
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    # Structure is dense at the start of each page, so that is where most flips go.
    for _ in range(40):
        page = chance.randrange(len(content) // 4096) * 4096
        content[page + chance.randrange(64)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    with contextlib.suppress(Unverified, Conflict):
        read_and_write(path)


def test_text_that_is_no_longer_text_is_unverified(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE test_notes SET text = CAST(x'fffe41' AS TEXT) WHERE id = 3")
    connection.close()
    with pytest.raises(Unverified):
        read_and_write(path)


def test_a_store_without_its_tables_is_unverified(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE test_notes")
    connection.close()
    with pytest.raises(Unverified, match="tables"):
        read_and_write(path)


def test_another_writer_that_does_not_finish_makes_the_store_unavailable(path, monkeypatch):
    monkeypatch.setattr("kept.core.store.databases.LOCK_SECONDS", 0.05)
    store = Store.open(f"sqlite:///{path}", [SCHEMA])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.write(lambda connection: None)
    with store.read() as connection:
        assert connection.execute(select(NOTES.c.id)).first() == (1,)
    other.close()
    store.write(lambda connection: None)
    store.close()


def test_a_folder_in_the_place_of_the_store_is_unavailable(tmp_path):
    (tmp_path / "store.db").mkdir()
    with pytest.raises(Unavailable):
        Store.open(f"sqlite:///{tmp_path}/store.db", [SCHEMA])


def test_connections_that_are_all_in_use_say_so_and_blame_no_value():
    refused = translate(PoolTimeoutError("QueuePool limit reached"))
    assert isinstance(refused, Unavailable)
    assert refused.code == "store.busy"
