"""A disk that forgets, in a crash, every write and every name that was not synced."""

import os
from pathlib import Path

import pytest


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
        monkeypatch.setattr(os, "sync", self.note_everything)

    def _note(self, path: Path) -> None:
        if not path.is_relative_to(self.root):
            return
        if path.is_dir():
            self.names[path] = {one.name: one.stat().st_ino for one in path.iterdir()}
        else:
            self.contents[path.stat().st_ino] = path.read_bytes()

    def note_everything(self) -> None:
        """Take all that is there for synced."""
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
