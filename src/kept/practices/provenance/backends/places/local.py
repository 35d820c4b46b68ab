"""Files of this machine: no link is followed below the folder that was named, and an output appears whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kept.core import durable
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
            raise NotFound(f"There is no {base}.", code="file.missing", hint="Name files, or a folder: 'in/**'")
        if not os.path.isdir(base):
            if rest:
                raise NotFound(f"{base} is no folder.", code="file.missing", hint="Name files, or a folder: 'in/**'")
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

    def read(self, place: str, *, limit: int, named: bool = False) -> bytes:
        """All that is there. Raises NotFound, Unavailable, or Invalid for a folder, or more than `limit` bytes.

        Unless a person `named` it, a link is not followed, and what is no plain file is refused and never waited for.
        """
        path = _path(place)
        try:
            with open(path, "rb", opener=None if named else _found) as file:
                if not (named or stat.S_ISREG(os.fstat(file.fileno()).st_mode)):
                    raise Invalid(f"{path} is not a plain file.", code="file.not-plain")
                data = file.read(limit + 1)
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {path}.", code="file.missing") from error
        except IsADirectoryError as error:
            raise Invalid(f"{path} is a folder.", code="file.folder", hint="Name a file.") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be read: {error.strerror}.", code="file.unreadable") from error
        if len(data) > limit:
            raise Invalid(f"{path} is larger than the {limit:,} bytes that are read.", code="file.too-large")
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
                raise Denied(f"{target.parent} leads out of {within}.", code="file.link", hint="Remove the link.")
            durable.make_folder(target.parent)
            durable.stage(beside, data)
        except OSError as error:
            raise durable.unwritable(target, error) from error

    def publish(self, place: str, *, tag: str) -> bool:
        """Let what was staged take its place, durably; False where nothing is staged. Raises Unavailable."""
        target = Path(_path(place))
        try:
            _beside(target, tag).replace(target)
            durable.sync(target.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise durable.unwritable(target, error) from error
        return True

    def put(self, place: str, data: bytes) -> None:
        """Put data there at once, whole and durable. Raises NotFound where its folder is missing, or Unavailable."""
        target = Path(_path(place))
        if not target.parent.is_dir():
            raise NotFound(f"There is no folder {target.parent}.", code="file.folder", hint="Make it first.")
        durable.write(target, data)

    def same(self, one: str, other: str) -> bool:
        """Whether both name one file, also by way of a link."""
        try:
            return os.path.samefile(_path(one), _path(other))
        except OSError:
            return False


def _path(place: str) -> str:
    path = unquote(urlsplit(place).path) if place.startswith("file://") else place
    if not path or "\0" in path:
        raise Invalid("A place has no name.", code="file.place", hint="Name a file, a folder or a URL.")
    return path


def _found(path: str, flags: int) -> int:
    """Opens what was found below a folder, where anybody may have put a link or a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


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
