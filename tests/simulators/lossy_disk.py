"""A disk that forgets what was not synced: what a process does to its files is journalled, then played back.

`record` runs a program with `lossy_disk.c` preloaded. `crashes` rebuilds what a power cut at a moment of the journal
may leave: of every file what its last sync covered; of what came after, nothing, or any part in any order, torn at
sectors. A name exists for certain only once its folder was synced.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True)
class Operation:
    """What the program did: w write, t truncate, s sync, o create or open, u unlink, d sync of a folder."""

    kind: str
    inode: int
    offset: int
    path: str
    data: bytes


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)


def build(folder: Path) -> Path | None:
    """The compiled library, or None where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "lossy_disk.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def record(library: Path, command: Sequence[str], *, root: Path, journal: Path) -> list[Operation]:
    """Run the program to its end; returns all that it did to files under `root`."""
    environment = {"LD_PRELOAD": str(library), "LOSSY_ROOT": str(root), "LOSSY_JOURNAL": str(journal)}
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(_parse(journal.read_bytes()))


def crashes(
    operations: Sequence[Operation], moments: Sequence[int], *, chance: random.Random, out: Path, lucky: bool
) -> Iterator[tuple[int, Path]]:
    """For each moment (an index into the operations) a folder with what the disk holds after a crash there.

    Without luck it holds only what was synced; with it, also some of what was not.
    """
    disk = _Disk()
    done = 0
    for moment in sorted(moments):
        for operation in operations[done:moment]:
            disk.apply(operation)
        done = moment
        folder = out / f"crash-{moment}"
        disk.save(folder, chance if lucky else None)
        yield moment, folder
        shutil.rmtree(folder)


class _Disk:
    def __init__(self) -> None:
        self._files: dict[int, _File] = {}  # by inode, which a later file may get anew
        self._names: dict[str, _File] = {}
        self._pending_names: dict[str, _File | None] = {}

    def apply(self, operation: Operation) -> None:
        file = self._files.setdefault(operation.inode, _File())
        match operation.kind:
            case "w" | "t":
                file.pending.append(operation)
            case "s":
                for pending in file.pending:
                    _change(file.durable, pending)
                file.pending.clear()
            case "o":
                self._pending_names[operation.path] = file
            case "u":
                self._pending_names[operation.path] = None
                del self._files[operation.inode]
            case "d":
                for path in list(self._pending_names):
                    if os.path.dirname(path) == operation.path:
                        self._rename(self._names, path)
                        del self._pending_names[path]

    def save(self, folder: Path, chance: random.Random | None) -> None:
        names = dict(self._names)
        for path in self._pending_names:
            if chance is not None and chance.random() < 0.5:
                self._rename(names, path)
        folder.mkdir()
        for path, file in names.items():
            content = bytearray(file.durable)
            if chance is not None:
                for operation in _survivors(file.pending, chance):
                    _change(content, operation)
            (folder / os.path.basename(path)).write_bytes(content)

    def _rename(self, names: dict[str, _File], path: str) -> None:
        file = self._pending_names[path]
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file


def _survivors(pending: Sequence[Operation], chance: random.Random) -> list[Operation]:
    """Some of the operations, in any order, each whole or up to a sector."""
    kept = [operation for operation in pending if chance.random() < 0.5]
    chance.shuffle(kept)
    return [
        Operation("w", o.inode, o.offset, o.path, o.data[: chance.randrange(0, len(o.data) + 1, SECTOR)])
        if o.kind == "w" and chance.random() < 0.2
        else o
        for o in kept
    ]


def _change(content: bytearray, operation: Operation) -> None:
    size = operation.offset if operation.kind == "t" else operation.offset + len(operation.data)
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if operation.kind == "t":
        del content[size:]
    else:
        content[operation.offset : size] = operation.data


def _parse(journal: bytes) -> Iterator[Operation]:
    at = 0
    while at < len(journal):
        end = journal.index(b"\n", at)
        kind, *numbers = journal[at:end].decode().split(" ")
        inode, offset, length, path_length = map(int, numbers)
        data_at = end + 1 + path_length
        # A truncation or a sync has no data, whatever its length says.
        stored = length if kind == "w" else 0
        path = journal[end + 1 : data_at].decode()
        yield Operation(kind, inode, offset, path, journal[data_at : data_at + stored])
        at = data_at + stored
