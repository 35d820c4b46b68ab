"""The same ledger on a real PostgreSQL server."""

import threading

from kept.core import tiles
from kept.core.note import Checkpoint, Note

from .conftest import PROVIDER, TYPE, Workspace


def test_it_records_publishes_follows_and_erases(postgres_url, tmp_path):
    workspace = Workspace(tmp_path / "acme", tmp_path / "state", postgres_url)
    workspace.record(300)
    workspace.ledger.erase(7, by=PROVIDER, reason="asked")
    checkpoint = workspace.ledger.publish()
    fetch = tiles.from_folder(tmp_path / "acme/ledger")
    assert len(list(tiles.check(fetch, size=301, root=checkpoint.root))) == 301
    seen = []
    assert workspace.ledger.follow("reader", [TYPE], lambda _, item: seen.append(item.index)) == 300
    assert workspace.ledger.check().erased == 1
    assert Checkpoint.parse(Note.parse(workspace.ledger.checkpoint()).text) == checkpoint
    workspace.close()


def test_many_connections_record_at_once_without_a_gap(postgres_url, tmp_path):
    workspaces = [Workspace(tmp_path / "acme", tmp_path / "state", postgres_url) for _ in range(3)]

    def record(workspace, first):
        for number in range(10):
            workspace.record(9, first=first + number)

    threads = [threading.Thread(target=record, args=(one, at * 100)) for at, one in enumerate(workspaces)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.index for entry in workspaces[0].ledger.entries()] == list(range(270))
    workspaces[0].ledger.publish()
    assert workspaces[0].ledger.check().published == 270
    for workspace in workspaces:
        workspace.close()
