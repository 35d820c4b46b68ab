"""kill -9 at many random moments: every acknowledged row is there afterwards, and no transaction is there in part."""

import os
import subprocess
import sys

import pytest

# A long run takes more: KEPT_KILLS=1000.
TIMES = int(os.environ.get("KEPT_KILLS", "100"))

# Runs in a process of its own, because the zygote forks and so may hold no thread.
PROOF = """
import asyncio, sys, time
from collections import Counter

import psycopg
from simulators.killed_process import killed
from simulators.store_schema import METADATA, NOTES
from sqlalchemy import func, select
from kept.core.store import Schema, Store

url, times = sys.argv[1], int(sys.argv[2])
BATCH = 7
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)

def work(acknowledge):
    store = Store.open(url, [Schema("test", METADATA)])
    with store.read() as connection:
        start = connection.execute(select(func.max(NOTES.c.id))).scalar() or 0
    ids = iter(range(start + 1, start + 10**9))

    async def produce():
        while True:
            mine = next(ids)
            await store.written(NOTES, {"id": mine, "text": f"row {mine}", "body": bytes(mine % 900)})
            acknowledge(f"row {mine}")

    def transact():
        rows = [{"id": next(ids), "text": "", "batch": 0, "body": b""} for _ in range(BATCH)]
        first = rows[0]["id"]
        for row in rows:
            row.update(text=f"row {row['id']}", batch=first)
        store.write(lambda connection: connection.execute(NOTES.insert(), rows) and None)
        acknowledge(f"batch {first}")

    async def transactions():
        while True:
            transact()
            await asyncio.sleep(0.002)

    async def main():
        await asyncio.gather(transactions(), *[produce() for _ in range(16)])

    asyncio.run(main())

def wait_for_its_sessions():
    # A server may still be at work on what a process sent before it was killed, and end it after the next one began.
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            while connection.execute(OTHERS).fetchone() != (0,):
                time.sleep(0.005)

acknowledged = rows = 0
for number, said in enumerate(killed(work, times=times, seed=2, longest=0.06)):
    wait_for_its_sessions()
    store = Store.open(url, [Schema("test", METADATA)])
    with store.read() as connection:
        found = connection.execute(select(NOTES.c.text, NOTES.c.batch)).all()
    store.close()
    texts = {text for text, _ in found}
    batches = Counter(batch for _, batch in found if batch is not None)
    lost = [line for line in said if line.startswith("row ") and line not in texts]
    lost += [line for line in said if line.startswith("batch ") and batches[int(line[6:])] != BATCH]
    torn = [batch for batch, count in batches.items() if count != BATCH]
    assert not lost, f"kill {number}: lost {lost}"
    assert not torn, f"kill {number}: torn {torn}"
    acknowledged += len(said)
    rows = len(found)
print(acknowledged, rows)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_acknowledged_is_lost_and_nothing_is_torn(database, tmp_path, request):
    url = f"sqlite:///{tmp_path}/store.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{PROOF}"
    done = subprocess.run([sys.executable, "-c", program, url, str(TIMES)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    acknowledged, rows = map(int, done.stdout.split())
    assert rows >= acknowledged > TIMES / 4
