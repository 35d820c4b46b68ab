"""A full disk fails every producer of the group, spares what was there, and does no harm once there is room."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kept.core.store import Schema, Store
from kept.errors import Unavailable
from simulators.full_disk import SmallDisk, small_disk
from simulators.store_schema import METADATA, NOTES

SCHEMA = Schema("test", METADATA)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        if disk is None:
            pytest.skip("only root can mount a small disk")
        yield disk


def ids(store: Store) -> list[int]:
    with store.read() as connection:
        return list(connection.execute(select(NOTES.c.id).order_by(NOTES.c.id)).scalars())


def test_a_full_disk_fails_the_group_and_keeps_what_was_there(disk):
    store = Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA])

    async def offer(first: int, *, size: int) -> list[object]:
        rows = [{"id": number, "text": "row", "body": bytes(size)} for number in range(first, first + 20)]
        return await asyncio.gather(*[store.written(NOTES, row) for row in rows], return_exceptions=True)

    assert asyncio.run(offer(0, size=1000)) == [None] * 20
    disk.fill(leave=8192)
    failed = asyncio.run(offer(100, size=5000))
    assert all(isinstance(error, Unavailable) for error in failed)
    assert {error.code for error in failed} <= {"store.full", "store.io"}
    with pytest.raises(Unavailable, match="disk"):
        store.write(lambda c: c.execute(NOTES.insert().values(id=200, text="row", body=bytes(100_000))))
    assert ids(store) == list(range(20))
    disk.empty()
    assert asyncio.run(offer(300, size=1000)) == [None] * 20
    store.close()
    again = Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA])
    assert ids(again) == [*range(20), *range(300, 320)]
    again.close()


def test_a_store_cannot_be_made_on_a_full_disk(disk):
    disk.fill()
    with pytest.raises(Unavailable):
        Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA])
    disk.empty()
    Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA]).close()


def test_a_store_on_a_disk_that_was_full_until_the_end_opens_again(disk):
    store = Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA])
    store.write(lambda c: c.execute(NOTES.insert().values(id=1, text="kept")) and None)
    disk.fill()
    with pytest.raises(Unavailable):
        store.write(lambda c: c.execute(NOTES.insert().values(id=2, text="lost", body=bytes(500_000))) and None)
    store.close()
    again = Store.open(f"sqlite:///{disk.folder}/store.db", [SCHEMA])
    assert ids(again) == [1]
    again.close()


LIMITED = """
import asyncio, resource, sys
from kept.core.store import Schema, Store
from kept.errors import Unavailable
from simulators.store_schema import METADATA, NOTES

store = Store.open(sys.argv[1], [Schema("test", METADATA)])

async def offer(first, size):
    rows = [{"id": n, "text": "row", "body": bytes(size)} for n in range(first, first + 20)]
    return await asyncio.gather(*[store.written(NOTES, row) for row in rows], return_exceptions=True)

assert asyncio.run(offer(0, 1000)) == [None] * 20
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
failed = asyncio.run(offer(100, 50_000))
assert all(isinstance(error, Unavailable) for error in failed), failed
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
assert asyncio.run(offer(300, 1000)) == [None] * 20
store.close()
"""


def test_a_limit_on_file_size_is_like_a_full_disk(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{LIMITED}"
    done = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    store = Store.open(url, [SCHEMA])
    assert ids(store) == [*range(20), *range(300, 320)]
    store.close()
