"""What it costs that plaintext passes through the broker alone, and that every byte is metered.

The broker is a process of its own on a real store and real sealed files, with leases that are planted: what stands
behind a lease is measured elsewhere. Clients sign their proof, hand over memory, and read into it.

- Throughput: one client reads the whole file into memory that is warm, against `read_into` in this process, by turns.
- Metering: the broker's own loop over the same pieces, with and without the decision before each, by turns.
- Decisions: 64 clients, each with a lease of its own, read 64 bytes again and again. Nothing is set aside ahead, so
  that each decision waits until its own row is durable. The second figure is with 64 MB ahead, as small reads have it.

Each ratio is of the least times of several interleaved rounds, since whatever else a machine does only adds to them.

Usage: python bench/weights_broker.py [--quick] [--peers PYTHON]
"""

import argparse
import asyncio
import json
import mmap
import os
import select
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kept.core.store import Store
from kept.practices.weights.backends.broker.files import OpenFiles
from kept.practices.weights.backends.containers.opening import several
from kept.practices.weights.backends.containers.reading import open_sealed
from kept.practices.weights.methods import messages
from kept.practices.weights.methods.budgets import read_budget
from kept.practices.weights.records import Settings
from kept.practices.weights.records.access import Caller
from kept.practices.weights.service.moments import Moments
from kept.practices.weights.service.releasing.decoys import Decoys
from kept.practices.weights.service.releasing.gate import Gate
from kept.practices.weights.service.releasing.meter import Meter
from kept.practices.weights.service.tables import SCHEMA
from simulators.planted_broker import KEY, running
from simulators.planted_leases import PlantedKeyholder

CLIENTS = 64
AHEAD = Settings().reserve_ahead
PIECE = AHEAD // 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peers", help="an interpreter with peers; this bench compares with none")
    quick = parser.parse_args().quick
    size, rounds, seconds = (128 << 20, 5, 2.0) if quick else (2 << 30, 9, 8.0)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows += throughput(Path(folder), size, rounds)
    with tempfile.TemporaryDirectory() as folder:
        rows += decisions(Path(folder), seconds)
    print(json.dumps({"bench": "weights_broker", "rows": rows}))


def throughput(home, size, rounds):
    data = {"w": np.frombuffer(os.urandom(size), dtype=np.uint8).reshape(1024, -1)}
    with running(home, data=data, budgets=()) as broker:
        broker.lease(bytes=1 << 50)
        client = broker.client()
        reader = client.open("lease-1", str(broker.place))
        memory = reader.memory(size)
        sealed = open_sealed(broker.place, KEY)
        view = memoryview(mmap.mmap(-1, size))
        took = {"direct": [], "several": [], "broker": []}
        for _ in range(rounds):
            took["direct"].append(timed(lambda: sealed.read_into(0, size, view)))
            took["several"].append(timed(lambda: sealed.read_into(0, size, view, threads=several())))
            took["broker"].append(timed(lambda: reader.fill(memory, "w", 0, size)))
        assert memory.view[:4096] == view[:4096]
        reader.close()
        client.close()
        metered = asyncio.run(metering(broker, size, rounds, view))
    direct, threaded, through = (min(took[way]) for way in ("direct", "several", "broker"))
    cost = min(metered["metered"]) / min(metered["bare"]) - 1
    return [
        row(
            "through the broker, same host, against direct unseal",
            "≥ 0.7 ×",
            direct / through,
            "×",
            direct / through >= 0.7,
            direct_GBps=round(size / direct / 1e9, 2),
            broker_GBps=round(size / through / 1e9, 2),
            direct_by_several_threads_GBps=round(size / threaded / 1e9, 2),
            against_several_threads=round(threaded / through, 2),
            bytes=size,
        ),
        row(
            "what metering costs",
            "≤ 2 %",
            100 * cost,
            "%",
            cost <= 0.02,
            bare_GBps=round(size / min(metered["bare"]) / 1e9, 2),
            metered_GBps=round(size / min(metered["metered"]) / 1e9, 2),
            ahead_bytes=AHEAD,
        ),
    ]


async def metering(broker, size, rounds, view):
    """The broker's loop over pieces, by turns with and without its decisions."""
    home = broker.home / "meter"
    home.mkdir()
    store = Store.open(f"sqlite:///{home}/store.db", [SCHEMA])
    leases = PlantedKeyholder()
    leases.add(file=broker.file, bytes=1 << 50)
    moments = Moments(lambda: datetime.now(UTC), latest=0)
    budgets = map(read_budget, ("person 1d 500TB", "person 30d 500TB", "team 1d 500TB", "everyone 1d 500TB"))
    gate = Gate(
        keyholder=leases,
        containers=OpenFiles(),
        meter=Meter(store, budgets, moments),
        moments=moments,
        decoys=Decoys(store),
        places=lambda file: str(broker.place),
        version=lambda: 1,
        exporting=None,
        runtimes=("inference",),
        ahead=AHEAD,
    )
    leases.file_key = lambda lease, now, envelope=None: bytearray(KEY)
    opening = gate.look(Caller("alice", "", (), "here"), "lease-1", str(broker.place))
    await gate.ready(opening)
    took = {"bare": [], "metered": []}
    with ThreadPoolExecutor(2) as threads:
        for _ in range(rounds):
            for name in took:
                began = time.perf_counter()
                for start in range(0, size, PIECE):
                    stop = min(start + PIECE, size)
                    if name == "metered":
                        await gate.decide(opening, "w", start, stop)
                    work = (opening.sealed.read_into, start, stop, view[start:stop])
                    await asyncio.get_running_loop().run_in_executor(threads, *work)
                took[name].append(time.perf_counter() - began)
    await gate.close(opening)
    store.close()
    return took


def decisions(home, seconds):
    found = {}
    for ahead in (0, AHEAD):
        folder = home / str(ahead)
        folder.mkdir()
        with running(folder, data={"w": np.zeros((16, 64), np.uint8)}, reserve_ahead=ahead) as broker:
            found[ahead] = hammered(broker, seconds)
    return [
        row(
            "access decisions, 64 clients, each durable before its bytes leave",
            "≥ 5,000/s",
            found[0][0],
            "/s",
            found[0][0] >= 5000,
            waits_ms_median=round(found[0][1] * 1000, 1),
            with_64_MB_ahead=round(found[AHEAD][0]),
        )
    ]


def hammered(broker, seconds):
    """How many reads a second 64 clients get answered, and how long one waits in the middle."""
    clients = {}
    poll = select.epoll()
    for number in range(CLIENTS):
        client = broker.client()
        reader = client.open(broker.lease(f"lease-{number}", bytes=1 << 50), str(broker.place))
        question = messages.encode(messages.Read(1, "w", 0, 64, reader.memory(4096).number, 0))
        client.link.setblocking(False)
        clients[client.link.fileno()] = (client.link, question)
        poll.register(client.link, select.EPOLLIN)
    for link, question in clients.values():
        link.send(question)
    answered, waits = 0, []
    sent = dict.fromkeys(clients, time.perf_counter())
    began = now = time.perf_counter()
    while now - began < seconds:
        for descriptor, _ in poll.poll(1):
            link, question = clients[descriptor]
            answer = link.recv(4096)
            assert b'"kind":"done"' in answer, answer
            link.send(question)
            now = time.perf_counter()
            waits.append(now - sent[descriptor])
            sent[descriptor] = now
            answered += 1
    return answered / (now - began), sorted(waits)[len(waits) // 2]


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(what, reach, measured, unit, holds, **detail):
    return {
        "what": what,
        "reach": reach,
        "measured": round(measured, 3),
        "unit": unit,
        "holds": bool(holds),
        "detail": detail,
    }


if __name__ == "__main__":
    main()
