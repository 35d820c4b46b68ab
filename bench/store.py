"""How fast records become durable: 128 asyncio producers through group commit, against one batched insert.

The peer is the same store given all rows in one insert and one commit. Two stricter ones follow.

The rows are the same, 512-byte bodies in the same table, in a fresh file on the same disk with the same settings. The
strictest peer is the bare sqlite3 driver: every row in one executemany and one commit. A producer that waits for each
row before it makes the next can't reach it, since 128 rows then pay for each sync of the disk; its limit is the bare
driver committing 128 rows at a time.

Predicted before the first run, from 1.2 us a row for the driver and about 3 us for a producer's turn of the event loop:
0.35 of the batch with one row in flight, 0.5 with 16. See `detail` for what came.

Each time is the least of several interleaved rounds, since whatever else a machine does only ever adds to it.

Usage: python bench/store.py [--quick]
"""

import argparse
import asyncio
import json
import shutil
import sqlite3
import tempfile
import time
from collections import deque
from pathlib import Path

import uvloop
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table

from kept.core.store import Schema, Store

PRODUCERS = 128
FLIGHTS = (1, 16)
METADATA = MetaData()
ROWS = Table(
    "bench_rows", METADATA, Column("id", Integer, primary_key=True), Column("body", LargeBinary, nullable=False)
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    count, rounds = (20_000, 3) if quick else (60_000, 9)
    rows = [{"id": number, "body": number.to_bytes(512, "big")} for number in range(count)]
    took: dict[str, list[float]] = {}
    waits: dict[int, list[float]] = {}
    for _ in range(rounds):
        took.setdefault("driver", []).append(in_fresh_store(lambda store: driver(store, rows, group=count)))
        took.setdefault("groups", []).append(in_fresh_store(lambda store: driver(store, rows, group=PRODUCERS)))
        took.setdefault("write", []).append(in_fresh_store(lambda store: write(store, rows)))
        for flight in FLIGHTS:
            found = in_fresh_store(lambda store, flight=flight: produce(store, rows, flight=flight))
            took.setdefault(f"flight {flight}", []).append(found[0])
            if found[0] == min(took[f"flight {flight}"]):
                waits[flight] = sorted(found[1])
    best = {name: min(times) for name, times in took.items()}
    print(json.dumps({"bench": "store", "rows": report(best, waits, count)}))


def report(best, waits, count):
    rates = {name: round(count / seconds) for name, seconds in best.items()}
    ratio = best["driver"] / best["flight 16"]
    p99 = percentile(waits[16])
    limit = best["groups"] / best["flight 1"]
    own = best["write"] / best["flight 1"]
    return [
        {
            "what": "durable records with 128 producers, each waiting for its row before the next (p99 below)",
            "reach": "≥ 0.5 of one batched insert of the same rows into the same store",
            "measured": own,
            "unit": "ratio",
            "holds": own >= 0.5,
            "detail": {
                "records/s": rates["flight 1"],
                "batched insert/s": rates["write"],
                "p99 ms": round(percentile(waits[1]) * 1000, 2),
            },
        },
        {
            "what": "durable records with 128 producers, 16 rows in flight each",
            "reach": "≥ 0.5 of one batched insert of the same rows by the bare driver",
            "measured": ratio,
            "unit": "ratio",
            "holds": ratio >= 0.5,
            "detail": {
                "rows": count,
                "records/s": rates["flight 16"],
                "batched insert/s": rates["driver"],
                "batched insert through SQLAlchemy/s": rates["write"],
                "predicted": 0.5,
            },
        },
        {
            "what": "wait of a producer for its record, 128 producers, 16 rows in flight each",
            "reach": "p99 ≤ 50 ms",
            "measured": p99 * 1000,
            "unit": "ms",
            "holds": p99 <= 0.05,
            "detail": {
                "p50 ms": round(percentile(waits[16], 0.5) * 1000, 2),
                "most ms": round(waits[16][-1] * 1000, 2),
            },
        },
        {
            "what": "durable records with 128 producers, each waiting for its row before the next",
            "reach": "(its limit: the bare driver committing the same rows 128 at a time)",
            "measured": limit,
            "unit": "ratio",
            "holds": True,
            "detail": {
                "records/s": rates["flight 1"],
                "bare groups of 128/s": rates["groups"],
                "of one batched insert by the bare driver": round(best["driver"] / best["flight 1"], 3),
                "of one batched insert through SQLAlchemy": round(best["write"] / best["flight 1"], 3),
                "predicted of the bare driver's batch": 0.35,
                "p99 ms": round(percentile(waits[1]) * 1000, 2),
            },
        },
    ]


def percentile(ordered, share=0.99):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def in_fresh_store(work):
    folder = Path(tempfile.mkdtemp(prefix="kept-bench-"))
    store = Store.open(f"sqlite:///{folder}/store.db", [Schema("bench", METADATA)])
    try:
        return work(store)
    finally:
        store.close()
        shutil.rmtree(folder)


def driver(store, rows, *, group):
    """The bare driver, with the settings of the store's own connections."""
    pooled = store._database.writer.raw_connection()
    connection: sqlite3.Connection = pooled.driver_connection
    values = [(row["id"], row["body"]) for row in rows]
    started = time.perf_counter()
    for start in range(0, len(values), group):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bench_rows (id, body) VALUES (?, ?)", values[start : start + group])
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    pooled.close()
    return took


def write(store, rows):
    started = time.perf_counter()
    store.write(lambda connection: connection.execute(ROWS.insert(), rows))
    return time.perf_counter() - started


def produce(store, rows, *, flight):
    waits = []
    now = time.perf_counter

    async def measured(mine):
        ahead = deque()
        for row in mine:
            if len(ahead) == flight:
                handed, written = ahead.popleft()
                await written
                waits.append(now() - handed)
            ahead.append((now(), store.written(ROWS, row)))
        for handed, written in ahead:
            await written
            waits.append(now() - handed)

    async def one_at_a_time(mine):
        for row in mine:
            await store.written(ROWS, row)

    async def several(mine):
        ahead = deque()
        for row in mine:
            if len(ahead) == flight:
                await ahead.popleft()
            ahead.append(store.written(ROWS, row))
        for written in ahead:
            await written

    async def all_of_them():
        plain = one_at_a_time if flight == 1 else several
        # Every 16th producer takes the time, lest reading clocks be what is measured.
        producers = [plain if number % 16 else measured for number in range(PRODUCERS)]
        await asyncio.gather(*[work(rows[number::PRODUCERS]) for number, work in enumerate(producers)])

    started = now()
    uvloop.run(all_of_them())
    return now() - started, waits


if __name__ == "__main__":
    main()
