"""Files that survive a crash whole, and a lock that several processes respect."""

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kept.errors import Unavailable

# Past this many files, one sync of the whole system is cheaper than one for each file.
MANY_FILES = 64


@contextmanager
def writable(path: Path | str) -> Iterator[None]:
    """Turns what a disk refuses while `path` is written (it is full, or may not be written) into Unavailable."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path | str, error: OSError) -> Unavailable:
    """What is raised for a path that the disk refused to write."""
    return Unavailable(
        f"{path} can't be written: {error.strerror}.",
        code="file.unwritable",
        hint="What was there is as it was. Free some space, or let it be written, and do it again.",
    )


def write(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Replace the file durably: on return a crash leaves the new content, before it the old, and never a mixture.

    Folders are made as needed. `mode` is what the umask leaves of it. Raises Unavailable when the disk is full or
    refuses.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}.new")
    with writable(path):
        make_folder(path.parent)
        try:
            stage(beside, content, mode=mode)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync(path.parent)


def stage(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file whose bytes are durable and whose name isn't yet, for whoever gives it another name.

    What stands under the name was left by a run that was cut off, or planted: it is never written through. Raises
    OSError.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def sync(path: Path) -> None:
    """Make durable what a file holds, or which names a folder holds. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path, paths: Iterable[str]) -> None:
    """Make files that were already written, and the folders that name them, durable. Raises Unavailable."""
    files = [folder / path for path in paths]
    with writable(folder):
        if len(files) > MANY_FILES:
            os.sync()
            return
        for file in files:
            sync(file)
        parents = {parent for file in files for parent in file.parents if parent.is_relative_to(folder)}
        for parent in sorted(parents):
            sync(parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each named durably by the one above. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync(one.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; waits for whoever holds it, in this process or another. Raises Unavailable."""
    with writable(path):
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
