"""Several processes record at once, and are killed at any moment: no index is skipped, nothing acknowledged is lost."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from kept.core.store import Store
from simulators.ledger_writer import SCHEMAS, TYPE, open_ledger
from simulators.store_schema import NOTES

# A long run takes more: KEPT_KILLS=1000.
TIMES = {"sqlite": int(os.environ.get("KEPT_KILLS", "120")), "postgresql": int(os.environ.get("KEPT_KILLS", "60"))}

RECORD = """
from pathlib import Path
from kept.core.store import Store
from simulators.ledger_writer import SCHEMAS, open_ledger, record
url, folder, name = sys.argv[1:]
store = Store.open(url, SCHEMAS)
ledger = open_ledger(store, Path(folder))
for number in range(25):
    record(ledger, f"{name}-{number}", statements=1 + number % 3, say=lambda text: print(text, flush=True))
    if number % 10 == 5:
        ledger.publish()
store.close()
"""

KILLED = """
import itertools, os
from pathlib import Path
from kept.core.store import Store
from simulators.killed_process import killed
from simulators.ledger_writer import SCHEMAS, open_ledger, record
url, folder, times = sys.argv[1:]

def work(acknowledge):
    store = Store.open(url, SCHEMAS)
    ledger = open_ledger(store, Path(folder))
    for number in itertools.count():
        record(ledger, f"{os.getpid()}-{number}", statements=1 + number % 3, say=acknowledge)
        if number % 5 == 4:
            ledger.publish()

for said in killed(work, times=int(times), seed=3, longest=0.05):
    for line in said:
        print(line)
"""


def start(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def examine(url: str, folder: Path, said: Iterable[str]) -> int:
    """Everything that was acknowledged is where its receipt says, whole; returns the size of the log."""
    store = Store.open(url, SCHEMAS)
    ledger = open_ledger(store, folder)
    entries = list(ledger.entries())
    assert [entry.index for entry in entries] == list(range(len(entries)))
    recorded = list(ledger.statements(TYPE))
    names = [item.statement.predicate["name"] for item in recorded]
    with store.read() as connection:
        notes = dict(connection.execute(select(NOTES.c.text, NOTES.c.batch)).all())
    for line in said:
        index, name, *digests = line.split()
        found = entries[int(index) : int(index) + len(digests)]
        assert [entry.digest for entry in found] == digests
        assert notes[name] == len(digests)
    assert {name: names.count(name) for name in set(names)} == notes
    ledger.publish()
    ledger.check()
    store.close()
    return len(entries)


def test_several_processes_record_at_once(url, tmp_path):
    writers = [start(RECORD, url, tmp_path, name) for name in ("a", "b", "c")]
    ended = [writer.communicate() for writer in writers]
    assert [(errors, writer.returncode) for (_, errors), writer in zip(ended, writers, strict=True)] == [("", 0)] * 3
    said = [line for output, _ in ended for line in output.splitlines()]
    assert len(said) == 75
    assert examine(url, tmp_path, said) == 3 * sum(1 + number % 3 for number in range(25))


def test_a_process_that_records_is_killed_at_any_moment(url, tmp_path):
    times = TIMES[url.partition(":")[0]]
    killer = start(KILLED, url, tmp_path, times)
    output, errors = killer.communicate(timeout=600)
    assert killer.returncode == 0, errors
    said = output.splitlines()
    assert len(said) > times / 4
    assert examine(url, tmp_path, said) >= len(said)
