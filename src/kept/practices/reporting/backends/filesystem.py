"""Reports in folders of this machine."""

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from kept.core.durable import sync
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.reporting.records import COPY, MANIFEST, OUTCOMES, PAGE, REPORT, Files

NAME = re.compile(rf"(?:{OUTCOMES}/)?[A-Za-z0-9_-][A-Za-z0-9._-]{{0,199}}")
MANY = 4096
MEBIBYTE = 1024 * 1024
LARGE = {REPORT: 256 * MEBIBYTE, PAGE: 256 * MEBIBYTE}
LIMIT = 64 * MEBIBYTE
TOGETHER = 1024 * MEBIBYTE


class LocalFolder:
    """Reads with bounds and follows no link; writes beside the target and renames."""

    def read(self, folder: Path) -> Files:
        """Every regular file within the limits; whatever else stands there is told as an oddity. Raises NotFound."""
        if not folder.is_dir():
            raise NotFound(f"There is no folder {folder}.", code="report.missing", hint="Name the report's folder.")
        contents: dict[str, bytes] = {}
        oddities: list[str] = []
        left = TOGETHER
        for number, (name, entry) in enumerate(_entries(folder)):
            if number >= MANY:
                oddities.append(f"more than {MANY} files stand in the folder")
                break
            found = _file(name, entry, min(left, LARGE.get(name, LIMIT)))
            if isinstance(found, str):
                oddities.append(found)
            else:
                contents[name] = found
                left -= len(found)
        return Files(contents=contents, oddities=tuple(oddities))

    def claim(self, folder: Path) -> None:
        """Refuse a place that holds something else than an earlier report, or is a link. Raises Conflict."""
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise Conflict(
                f"{folder} is not a plain folder.", code="report.out", hint="Choose a new folder for the report."
            )
        if not folder.exists() or not any(folder.iterdir()):
            return
        strange = [name for name, entry in _entries(folder) if not _may_replace(name, entry)]
        if strange or not (folder / MANIFEST).is_file() or not (folder / REPORT).is_file():
            what = f"holds {strange[0]!r}, which no report holds" if strange else "isn't empty and holds no report"
            raise Conflict(f"{folder} {what}.", code="report.out", hint="Choose a new or empty folder.")

    def write(self, folder: Path, contents: Mapping[str, bytes]) -> None:
        """Put the files there, all or none. Raises Conflict, Invalid (a name) or Unavailable (the disk)."""
        for name in contents:
            if not NAME.fullmatch(name):
                raise Invalid(f"A report can't hold a file called {name!r}.", code="report.name")
        self.claim(folder)
        folder = folder.absolute()
        made = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.new")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _write_all(made, contents)
            _replace(folder, made)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
            raise Unavailable(
                f"The report can't be written to {folder}: {reason}.", code="report.disk", hint="Nothing was changed."
            ) from error
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as top:
        for entry in sorted(top, key=lambda entry: entry.name):
            if entry.name == OUTCOMES and entry.is_dir(follow_symlinks=False):
                with os.scandir(entry.path) as below:
                    yield from ((f"{OUTCOMES}/{file.name}", file) for file in sorted(below, key=lambda e: e.name))
            else:
                yield entry.name, entry


def _may_replace(name: str, entry: os.DirEntry[str]) -> bool:
    known = name.partition(".")[0] in {"index", "report", "manifest", "checkpoint", "catalog", "verify"}
    own = known or name.startswith(f"{OUTCOMES}/") or COPY.fullmatch(name) is not None
    return own and entry.is_file(follow_symlinks=False)


def _file(name: str, entry: os.DirEntry[str], limit: int) -> bytes | str:
    if not NAME.fullmatch(name):
        return f"the name {name!r} has no place in a report"
    if not entry.is_file(follow_symlinks=False):
        return f"{name} is not a plain file"
    try:
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return f"{name} can't be read: {error.strerror}"
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return f"{name} is not a plain file"
        data = file.read(limit + 1)
    return data if len(data) <= limit else f"{name} is larger than the {limit} bytes that are read"


def _write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir()
    if any(name.startswith(f"{OUTCOMES}/") for name in contents):
        (folder / OUTCOMES).mkdir()
    for name, data in contents.items():
        with (folder / name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for place in (folder / OUTCOMES, folder):
        if place.is_dir():
            sync(place)


def _replace(folder: Path, made: Path) -> None:
    old = made.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    try:
        made.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


FOLDER = LocalFolder()
