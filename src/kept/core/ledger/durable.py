"""Files that survive a crash whole, and a lock that several processes respect."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kept.core.tiles import writable

# Past this many files, one sync of the whole system is cheaper than one for each file.
MANY_FILES = 64


def write(path: Path, content: bytes) -> None:
    """Replace the file durably: on return a crash leaves the new content, before it the old, and never a mixture.

    Raises Unavailable when the disk is full or refuses.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with writable(path):
        _make_folder(path.parent)
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync(path.parent)


def sync_files(folder: Path, paths: Iterable[str]) -> None:
    """Make files that were already written, and the folders that name them, durable. Raises Unavailable."""
    files = [folder / path for path in paths]
    with writable(folder):
        if len(files) > MANY_FILES:
            os.sync()
            return
        for file in files:
            _sync(file)
        parents = {parent for file in files for parent in file.parents if parent.is_relative_to(folder)}
        for parent in sorted(parents):
            _sync(parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; waits for whoever holds it, in this process or another."""
    with writable(path):
        _make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each named durably by the one above."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        _sync(one.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
