"""Files of this machine: no link is followed below the folder that was named, and an output appears whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kept.errors import Denied, Invalid, NotFound, Unavailable
from kept.practices.provenance.methods.jobs import matcher, split
from kept.practices.provenance.records.bulk import Found


class LocalPlaces:
    """Paths, and `file://` URLs."""

    def absolute(self, place: str) -> str:
        """The path from the root. Raises Invalid for an empty one."""
        return os.path.abspath(_path(place))

    def find(self, pattern: str, *, without: str = "") -> Iterator[Found]:
        """What a pattern means, in the order of names; a folder means all that is in it, at any depth.

        Hidden names (".…") are left out, and so is what stands at or below `without`. Links and what is no plain file
        come with their trouble. Raises NotFound where the pattern's folder is missing, or Invalid.
        """
        base, rest = split(_path(pattern))
        base = os.path.abspath(base or ".")
        if not os.path.lexists(base):
            raise NotFound(f"There is no {base}.", code="bulk.missing", hint="Name files, or a folder: 'in/**'")
        if not os.path.isdir(base):
            if rest:
                raise NotFound(f"{base} is no folder.", code="bulk.missing", hint="Name files, or a folder: 'in/**'")
            yield _plain(base, os.path.basename(base), os.stat(base))
            return
        wanted = matcher(rest or "**")
        elsewhere = "://" in without and not without.startswith("file://")
        aside = _below_it(base, _path(without)) if without and not elsewhere else ""
        for found in _below(base, "", aside):
            if wanted.fullmatch(found.name):
                yield found

    def exists(self, place: str) -> bool:
        """Whether anything stands there, be it a link that leads nowhere."""
        return os.path.lexists(_path(place))

    def read(self, place: str, *, limit: int) -> bytes:
        """All that is there. Raises NotFound, Unavailable, or Invalid for a link, a folder, or more than `limit`."""
        path = _path(place)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Invalid(f"{path} is not a plain file.", code="bulk.not-plain")
                data = file.read(limit + 1)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {path} any more.", code="bulk.missing") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be read: {error.strerror}.", code="bulk.unreadable") from error
        if len(data) > limit:
            raise Invalid(f"{path} is larger than the {limit:,} bytes that are read.", code="bulk.too-large")
        return data

    def stage(self, place: str, data: bytes, *, within: str, tag: str) -> None:
        """Put data beside a place, durably; folders are made as needed.

        Raises Unavailable, or Denied where a link leads out of the folder `within`.
        """
        target = Path(_path(place))
        beside = _beside(target, tag)
        try:
            root = os.path.realpath(_path(within))
            if os.path.commonpath([root, os.path.realpath(target.parent)]) != root:
                raise Denied(f"{target.parent} leads out of {within}.", code="bulk.link", hint="Remove the link.")
            target.parent.mkdir(parents=True, exist_ok=True)
            # What stands under this name was left by a run that was cut off, or planted: neither is written through.
            beside.unlink(missing_ok=True)
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(target, error) from error

    def publish(self, place: str, *, tag: str) -> bool:
        """Let what was staged take its place, durably; False where nothing is staged. Raises Unavailable."""
        target = Path(_path(place))
        try:
            _beside(target, tag).replace(target)
            handle = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unwritable(target, error) from error
        return True


def _path(place: str) -> str:
    path = unquote(urlsplit(place).path) if place.startswith("file://") else place
    if not path or "\0" in path:
        raise Invalid("A place has no name.", code="bulk.place", hint="Name a file, a folder or a URL.")
    return path


def _below_it(base: str, place: str) -> str:
    """The name of a place below a folder, whatever links lead to both."""
    return os.path.relpath(os.path.realpath(place), os.path.realpath(base))


def _beside(target: Path, tag: str) -> Path:
    return target.with_name(f".{target.name}.{tag}.part")


def _below(folder: str, prefix: str, aside: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Found(folder, prefix or ".", trouble=f"The folder can't be listed: {error.strerror}.")
        return
    for entry in inside:
        name = f"{prefix}{entry.name}"
        if entry.name.startswith(".") or name == aside:
            continue
        if entry.is_symlink():
            yield Found(entry.path, name, trouble="It is a link, and links are not followed.")
        elif entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{name}/", aside)
        else:
            yield _plain(entry.path, name, entry.stat(follow_symlinks=False))


def _plain(place: str, name: str, found: os.stat_result) -> Found:
    if not stat.S_ISREG(found.st_mode):
        return Found(place, name, trouble="It is not a plain file.")
    return Found(place, name, f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}")


def _unwritable(target: Path, error: OSError) -> Unavailable:
    return Unavailable(f"{target} can't be written: {error.strerror}.", code="bulk.unwritable")
