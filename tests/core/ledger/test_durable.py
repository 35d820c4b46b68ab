"""What survives: a full disk, and a crash that forgets every write that was not synced."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kept.core import tiles
from kept.core.ledger import durable
from kept.core.ledger.mark import Mark
from kept.core.ledger.publisher import MARK
from kept.core.note import Checkpoint, Note
from kept.errors import Unavailable

from .conftest import Workspace


class ForgetfulDisk:
    """Watches a folder's syncs and tells what a crash would leave: synced bytes under synced names, nothing else."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.contents: dict[int, bytes] = {}
        self.names: dict[Path, dict[str, int]] = {root: {}}
        fsync = os.fsync

        def watched(descriptor: int) -> None:
            fsync(descriptor)
            self._note(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

        monkeypatch.setattr(os, "fsync", watched)
        monkeypatch.setattr(os, "sync", self._note_everything)

    def _note(self, path: Path) -> None:
        if not path.is_relative_to(self.root):
            return
        if path.is_dir():
            self.names[path] = {one.name: one.stat().st_ino for one in path.iterdir()}
        else:
            self.contents[path.stat().st_ino] = path.read_bytes()

    def _note_everything(self) -> None:
        for path in (self.root, *self.root.rglob("*")):
            self._note(path)

    def crash(self, to: Path) -> None:
        """Write what is left of the folder to `to`."""
        self._restore(self.root, to)

    def _restore(self, folder: Path, to: Path) -> None:
        to.mkdir(parents=True)
        for name, inode in self.names.get(folder, {}).items():
            if (folder / name).is_dir():
                self._restore(folder / name, to / name)
            else:
                (to / name).write_bytes(self.contents.get(inode, b""))


@pytest.mark.parametrize("sizes", [(1,), (3, 4), (255, 2), (300, 1, 700)])
def test_what_was_published_survives_a_crash_that_forgets_unsynced_writes(tmp_path, monkeypatch, sizes):
    disk = ForgetfulDisk(tmp_path / "machine", monkeypatch)
    (tmp_path / "machine/acme").mkdir(parents=True)
    disk._note_everything()
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
    assert refused.stdout == "ledger.unwritable\n"
    assert workspace.ledger.checkpoint() == note
    assert before.size == 2
    assert not list((tmp_path / "acme/ledger").rglob("*.new"))
    assert workspace.ledger.publish().size == 402
    assert workspace.ledger.check().published == 402
    workspace.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="can't be written"):
        durable.write(tmp_path / "file/below", b"")
    with pytest.raises(Unavailable), durable.locked(tmp_path / "file/below"):
        pass
