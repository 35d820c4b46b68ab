"""What is published stays true: forks, restored backups, torn files, clocks that run backwards."""

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from kept.core import tiles
from kept.core.note import Checkpoint, Note
from kept.errors import Conflict, Unavailable, Unverified

from .conftest import Workspace


def copy(workspace, to):
    """A backup, taken while nobody writes."""
    workspace.close()
    shutil.copytree(workspace.folder, to)


def files_of(workspace):
    folder = workspace.folder / "ledger"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def assert_whole(workspace):
    checkpoint = Checkpoint.parse(Note.parse(workspace.ledger.checkpoint()).text)
    fetch = tiles.from_folder(workspace.folder / "ledger")
    found = [entry for _, entry in tiles.check(fetch, size=checkpoint.size, root=checkpoint.root)]
    assert found == [entry.raw for entry in workspace.ledger.entries(0, checkpoint.size)]


def test_publishing_grows_the_right_edge_only(acme):
    acme.record(255)
    acme.ledger.publish()
    assert files_of(acme) == {"checkpoint", "tile/0/000.p/255", "tile/entries/000.p/255"}
    acme.record(2, first=255)
    acme.ledger.publish()
    assert "tile/0/000" in files_of(acme)
    assert "tile/0/000.p/255" not in files_of(acme)
    full = acme.folder / "ledger/tile/0/000"
    before = full.stat().st_mtime_ns
    for number in range(3):
        acme.record(150, first=300 + 150 * number)
        acme.ledger.publish()
        assert_whole(acme)
    assert full.stat().st_mtime_ns == before


def test_an_empty_log_can_be_published_and_then_grown(acme):
    assert acme.ledger.publish().size == 0
    acme.record(1)
    assert acme.ledger.publish().size == 1
    assert_whole(acme)


def test_publishing_nothing_new_changes_nothing(acme):
    acme.record(3)
    acme.ledger.publish()
    note, mark = acme.ledger.checkpoint(), (acme.state / "high-water-mark.json").read_bytes()
    acme.later(60)
    acme.ledger.publish()
    assert acme.ledger.checkpoint() == note
    assert (acme.state / "high-water-mark.json").read_bytes() == mark


def test_a_restored_backup_is_not_signed_into_a_fork(opened, tmp_path):
    first = opened("acme")
    first.record(2)
    first.ledger.publish()
    copy(first, tmp_path / "backup")
    first = opened("acme")
    first.record(3, first=2)
    first.ledger.publish()
    restored = opened("backup")
    with pytest.raises(Conflict, match="restored from an older copy") as refused:
        restored.ledger.publish()
    assert refused.value.code == "ledger.fork"
    restored.record(5, first=90)
    with pytest.raises(Conflict):
        restored.ledger.publish()
    assert Checkpoint.parse(Note.parse(restored.ledger.checkpoint()).text).size == 2


def test_a_workspace_copied_and_run_twice_is_refused_at_the_second(opened, tmp_path):
    first = opened("acme")
    first.record(2)
    copy(first, tmp_path / "twin")
    first, twin = opened("acme"), opened("twin")
    first.record(1, first=2)
    twin.record(1, first=3)
    first.ledger.publish()
    with pytest.raises(Conflict):
        twin.ledger.publish()
    first.record(1, first=9)
    assert first.ledger.publish().size == 4


def test_on_a_new_machine_the_workspaces_own_checkpoint_is_the_mark(opened, tmp_path):
    first = opened("acme")
    first.record(2)
    first.ledger.publish()
    copy(first, tmp_path / "moved")
    moved = opened("moved", state="other-machine")
    moved.record(1, first=2)
    assert moved.ledger.publish().size == 3
    older = opened("older", state="third-machine")
    shutil.copytree(moved.folder / "ledger", older.folder / "ledger")
    older.record(1, first=2)
    with pytest.raises(Conflict):
        older.ledger.publish()


def test_a_witness_that_holds_more_than_the_workspace_stops_it(acme):
    acme.record(2)
    with pytest.raises(Conflict, match="witness"):
        acme.ledger.publish(at_least=3)


def test_a_log_is_not_continued_under_another_origin(acme, opened):
    acme.record(1)
    acme.ledger.publish()
    mark = acme.state / "high-water-mark.json"
    stranger = opened("stranger", state="elsewhere")
    stranger.record(1)
    stranger.ledger.publish()
    shutil.copy(mark, stranger.state / mark.name)
    stranger.record(1)
    with pytest.raises(Conflict):
        stranger.ledger.publish()


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff", b'{"checksum":"","version":1}'])
def test_a_damaged_mark_stops_publishing(acme, damage):
    acme.record(1)
    acme.ledger.publish()
    (acme.state / "high-water-mark.json").write_bytes(damage)
    acme.record(1)
    with pytest.raises(Unverified, match="damaged"):
        acme.ledger.publish()


def test_a_bit_flipped_in_the_mark_is_seen(acme):
    acme.record(1)
    acme.ledger.publish()
    path = acme.state / "high-water-mark.json"
    content = json.loads(path.read_bytes())
    content["note"] = content["note"].replace("log.example/acme\n1\n", "log.example/acme\n0\n")
    path.write_text(json.dumps(content))
    with pytest.raises(Unverified):
        acme.ledger.publish()


def test_a_damaged_or_foreign_checkpoint_stops_publishing(acme):
    acme.record(1)
    acme.ledger.publish()
    path = acme.folder / "ledger/checkpoint"
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    with pytest.raises(Unverified, match="checkpoint"):
        acme.ledger.publish()
    path.write_bytes(whole.replace(b"\n1\n", b"\n2\n"))
    with pytest.raises(Unverified):
        acme.ledger.publish()
    path.unlink()
    acme.ledger.publish()
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x00"),
        lambda path: path.write_bytes(path.read_bytes()[32:] + path.read_bytes()[:32]),
        lambda path: path.unlink(),
    ],
)
@pytest.mark.parametrize("file", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_torn_right_edge_is_made_again_from_the_database(acme, file, damage):
    acme.record(300)
    acme.ledger.publish()
    damage(acme.folder / "ledger" / file)
    acme.record(10, first=300)
    acme.ledger.publish()
    assert_whole(acme)


def test_a_torn_full_tile_is_made_again_when_asked(acme):
    acme.record(300)
    acme.ledger.publish()
    (acme.folder / "ledger/tile/0/000").write_bytes(b"torn")
    acme.ledger.publish(rebuild=True)
    assert_whole(acme)


def test_a_clock_that_runs_backwards_never_dates_a_checkpoint_before_the_last(acme):
    acme.record(1)
    acme.ledger.publish()
    first = acme.ledger.published()
    acme.later(-3600)
    acme.record(1)
    acme.ledger.publish()
    assert acme.ledger.published() == first
    mark = json.loads((acme.state / "high-water-mark.json").read_bytes())
    assert mark["clock_behind_seconds"] == 3600


def test_the_mark_is_written_before_the_checkpoint_is_exposed(acme):
    acme.record(1)
    acme.ledger.publish()
    acme.record(1)
    checkpoint = acme.folder / "ledger/checkpoint"
    before = checkpoint.read_bytes()
    checkpoint.unlink()
    checkpoint.mkdir()  # so that the last step fails
    with pytest.raises(Unavailable):
        acme.ledger.publish()
    checkpoint.rmdir()
    checkpoint.write_bytes(before)
    assert acme.ledger.publish().size == 2
    assert_whole(acme)


KILLED = """
    import sys
    from pathlib import Path
    sys.path.insert(0, {here!r})
    from conftest import Workspace
    workspace = Workspace(Path({folder!r}), Path({state!r}))
    number = 0
    print("ready", flush=True)
    while True:
        workspace.record(1 + number % 7, first=number)
        workspace.ledger.publish()
        print(workspace.ledger.size(), flush=True)
        number += 7
"""


def test_a_process_killed_at_any_moment_leaves_a_log_that_goes_on(tmp_path):
    here = os.path.dirname(__file__)
    folder, state = tmp_path / "acme", tmp_path / "state"
    script = textwrap.dedent(KILLED.format(here=here, folder=str(folder), state=str(state)))
    published = 0
    for round_ in range(4):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        for _ in range(1 + round_ % 3):
            published = int(process.stdout.readline())
        process.kill()
        process.communicate()
        workspace = Workspace(folder, state)
        assert workspace.ledger.size() >= published
        workspace.ledger.publish()
        assert_whole(workspace)
        workspace.close()


def test_several_processes_may_record_and_publish_at_once(tmp_path):
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        from conftest import Workspace
        workspace = Workspace(Path(sys.argv[2]), Path(sys.argv[3]))
        for number in range(8):
            workspace.record(2, first=number)
            workspace.ledger.publish()
    """)
    arguments = [os.path.dirname(__file__), str(tmp_path / "acme"), str(tmp_path / "state")]
    workers = [subprocess.Popen([sys.executable, "-c", script, *arguments]) for _ in range(3)]
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0, 0]
    workspace = Workspace(tmp_path / "acme", tmp_path / "state")
    assert workspace.ledger.publish().size == 48
    assert_whole(workspace)
    workspace.close()
