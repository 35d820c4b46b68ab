"""A power cut loses whatever was not synced; what the store acknowledged was."""

import random
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from kept.core.store import Schema, Store
from simulators.lossy_disk import Operation, build, crashes, record
from simulators.store_schema import METADATA, NOTES

MOMENTS = 60

WRITER = """
import asyncio, os, sys
from kept.core.store import Schema, Store, databases
from simulators.store_schema import METADATA, NOTES

folder, synchronous = sys.argv[1:]
if synchronous != "FULL":
    databases._PRAGMAS = (*databases._PRAGMAS, f"synchronous={synchronous}")
said = os.open(f"{folder}/said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
ids = iter(range(1, 10**9))

async def produce(store, rows):
    for _ in range(rows):
        mine = next(ids)
        await store.written(NOTES, {"id": mine, "text": f"row {mine}", "body": bytes([mine % 256]) * 3000})
        os.write(said, f"{mine}\\n".encode())

async def main(store):
    await asyncio.gather(*[produce(store, 40) for _ in range(16)])

for session in range(3):
    store = Store.open(f"sqlite:///{folder}/store.db", [Schema("test", METADATA)])
    asyncio.run(main(store))
    store.close()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = build(tmp_path_factory.mktemp("library"))
    if library is None:
        pytest.skip("there is no C compiler to build the journal of file operations with")
    return library


def journal(library: Path, tmp_path: Path, *, synchronous: str = "FULL") -> list[Operation]:
    root = tmp_path / "disk"
    root.mkdir()
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{WRITER}"
    command = [sys.executable, "-c", program, str(root), synchronous]
    return record(library, command, root=root, journal=tmp_path / "journal")


def lost(operations: list[Operation], moments: Iterable[int], *, out: Path, lucky: bool) -> set[int]:
    """The acknowledged rows that are missing or wrong after a crash at some of the moments."""
    missing: set[int] = set()
    for moment, folder in crashes(operations, list(moments), chance=random.Random(5), out=out, lucky=lucky):
        said = b"".join(o.data for o in operations[:moment] if o.kind == "w" and o.path.endswith("/said"))
        store = Store.open(f"sqlite:///{folder}/store.db", [Schema("test", METADATA)])
        with store.read() as connection:
            found = {row.id: row.body for row in connection.execute(select(NOTES.c.id, NOTES.c.body))}
        store.close()
        missing |= {row for row in map(int, said.split()) if found.get(row) != bytes([row % 256]) * 3000}
        with closing(sqlite3.connect(folder / "store.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return missing


@pytest.mark.parametrize("lucky", [False, True], ids=["nothing unsynced survives", "some of it survives"])
def test_what_was_acknowledged_survives_a_power_cut(library, tmp_path, lucky):
    operations = journal(library, tmp_path)
    assert sum(o.kind == "s" and o.path.endswith("store.db") for o in operations) > 3, "no log was folded back"
    moments = random.Random(7).sample(range(len(operations)), MOMENTS)
    assert lost(operations, moments, out=tmp_path, lucky=lucky) == set()


def test_the_disk_would_show_a_store_that_syncs_too_seldom(library, tmp_path):
    operations = journal(library, tmp_path, synchronous="NORMAL")
    moments = random.Random(7).sample(range(len(operations)), 5)
    assert lost(operations, moments, out=tmp_path, lucky=False)
