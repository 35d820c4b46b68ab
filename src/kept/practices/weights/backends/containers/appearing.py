"""Files and folders that appear under their name whole and durable, or not at all, and replace nothing."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kept.core import durable
from kept.errors import Conflict, NotFound

MODE = 0o600


@contextmanager
def new_file(target: Path) -> Iterator[int]:
    """A descriptor of a new file that gets its name when the block ends well; killed before, it never was.

    Raises Conflict where something has that name, NotFound without its folder, Unavailable where the disk refuses.
    """
    check_free(target)
    with durable.writable(target):
        descriptor, partial = _nameless(target)
        try:
            yield descriptor
            os.fsync(descriptor)
            _name(descriptor, partial, target)
        finally:
            os.close(descriptor)
            if partial is not None:
                partial.unlink(missing_ok=True)
        durable.sync(target.parent)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside `target` that gets its name when the block ends well, and else is taken away.

    A run that was killed leaves the hidden one. Raises as `new_file` does.
    """
    check_free(target)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.partial")
    with durable.writable(target):
        beside.mkdir(mode=0o700)
        try:
            yield beside
            durable.sync(beside)
            check_free(target)
            beside.rename(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        durable.sync(target.parent)


def remove(target: Path) -> None:
    """Take away what was just made. Raises Unavailable."""
    with durable.writable(target):
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        durable.sync(target.parent)


def write_all(descriptor: int, data: bytes | memoryview, at: int) -> None:
    """Write every byte at a place of the file. Raises OSError."""
    view = memoryview(data)
    while len(view):
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def check_free(target: Path) -> None:
    """Raises Conflict where something has this name, and NotFound where its folder isn't there."""
    if os.path.lexists(target):
        raise Conflict(f"{target} exists; it is left as it was.", code="file.exists", hint="Choose another name.")
    if not target.parent.is_dir():
        raise NotFound(f"There is no folder {target.parent}.", code="file.folder", hint="Make it first.")


def _nameless(target: Path) -> tuple[int, Path | None]:
    """A new file without a name where the system has those, else with a hidden one."""
    nameless = getattr(os, "O_TMPFILE", 0)
    if nameless and Path("/proc/self/fd").is_dir():
        try:
            return os.open(target.parent, nameless | os.O_RDWR | os.O_CLOEXEC, MODE), None
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
                raise
    partial = target.with_name(f".{target.name}.{secrets.token_hex(6)}.partial")
    return os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE), partial


def _name(descriptor: int, partial: Path | None, target: Path) -> None:
    # A link fails where a rename would replace what is there. With a folder given, the link in /proc is followed.
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        source = f"/proc/self/fd/{descriptor}" if partial is None else partial.name
        os.link(source, target.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=partial is None)
    except FileExistsError as error:
        raise Conflict(f"{target} exists; it is left as it was.", code="file.exists") from error
    finally:
        os.close(folder)
