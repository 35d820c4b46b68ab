"""What a published ledger survives: a full disk, and a crash that forgets every write that was not synced."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kept.core import tiles
from kept.core.ledger.mark import Mark
from kept.core.ledger.publisher import MARK
from kept.core.note import Checkpoint, Note
from simulators.forgetful_disk import ForgetfulDisk

from .conftest import Workspace


@pytest.mark.parametrize("sizes", [(1,), (3, 4), (255, 2), (300, 1, 700)])
def test_what_was_published_survives_a_crash_that_forgets_unsynced_writes(tmp_path, monkeypatch, sizes):
    disk = ForgetfulDisk(tmp_path / "machine", monkeypatch)
    (tmp_path / "machine/acme").mkdir(parents=True)
    disk.note_everything()
    workspace = Workspace(tmp_path / "machine/acme", tmp_path / "machine/state")
    for step, size in enumerate(sizes):
        workspace.record(size, first=1000 * step)
        published = workspace.ledger.publish()
        disk.crash(tmp_path / f"after-{step}")
        left = tmp_path / f"after-{step}"
        assert Mark.read(left / "state" / MARK).checkpoint == published
        if (left / "acme/ledger").is_dir():
            note = Note.parse((left / "acme/ledger/checkpoint").read_bytes())
            assert Checkpoint.parse(note.text) == published
            fetch = tiles.from_folder(left / "acme/ledger")
            assert len(list(tiles.check(fetch, size=published.size, root=published.root))) == published.size
    workspace.close()


LIMITED = """
    import resource, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from conftest import Workspace
    from kept.errors import Unavailable
    workspace = Workspace(Path(sys.argv[2]), Path(sys.argv[3]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), resource.RLIM_INFINITY))
    try:
        workspace.ledger.publish()
    except Unavailable as error:
        print(error.code)
"""


@pytest.mark.parametrize("limit", [0, 150, 5000])
def test_a_full_disk_is_said_to_be_full_and_nothing_is_lost(tmp_path, limit):
    arguments = [str(Path(__file__).parent), str(tmp_path / "acme"), str(tmp_path / "state")]
    workspace = Workspace(tmp_path / "acme", tmp_path / "state")
    workspace.record(2)
    before = workspace.ledger.publish()
    note = workspace.ledger.checkpoint()
    workspace.record(400, first=2)
    command = [sys.executable, "-c", textwrap.dedent(LIMITED), *arguments, str(limit)]
    refused = subprocess.run(command, capture_output=True, text=True, check=True)
    assert refused.stdout == "file.unwritable\n"
    assert workspace.ledger.checkpoint() == note
    assert before.size == 2
    assert not list((tmp_path / "acme/ledger").rglob("*.new"))
    assert workspace.ledger.publish().size == 402
    assert workspace.ledger.check().published == 402
    workspace.close()
