"""Sealed files as the broker reads them: only such as nobody but its own user can change."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from kept.core.keys.wiping import wipe
from kept.errors import Denied, Invalid, NotFound
from kept.practices.weights.backends.containers.keys import describe
from kept.practices.weights.backends.containers.opening import several
from kept.practices.weights.backends.containers.places import place_of_keys, shards_beside
from kept.practices.weights.backends.containers.reading import SealedModel, open_sealed
from kept.practices.weights.records.access import TensorPlace
from kept.practices.weights.records.sealed import Description

_LONG = 4 << 20
"""Bytes from which several threads gain more than it costs to start them."""


class OpenFile:
    """A sealed file or folder that is open under its key; the key itself is wiped at once."""

    def __init__(self, place: str, key: bytearray) -> None:
        _check(Path(place))
        try:
            self._model: SealedModel = open_sealed(place, key)
        finally:
            wipe(key)
        self.tensors: Mapping[str, TensorPlace] = {
            name: TensorPlace(found.dtype, found.shape, found.start, found.stop)
            for name, found in self._model.tensors.items()
        }
        self.size = self._model.size
        self.headers = self._model.headers

    def read_into(self, start: int, stop: int, out: memoryview) -> None:
        """Decrypt bytes of the data into `out`. Raises Unverified for what was changed."""
        self._model.read_into(start, stop, out, threads=several() if len(out) >= _LONG else 1)

    def digests(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each plaintext file. Raises Unverified for what was changed."""
        return self._model.digests()

    def close(self) -> None:
        """Overwrite what was kept of plaintext, and let go of the files."""
        self._model.close()


class OpenFiles:
    """Sealed files and folders by their path on this machine."""

    def describe(self, place: str) -> Description:
        """What the file that stands there says of itself. Raises NotFound, Invalid or Denied."""
        if not Path(place).is_absolute() or "\0" in place:
            raise Invalid(f"{place[:200]!r} is not an absolute path.", code="broker.place")
        _check(Path(place))
        return describe(place)

    def open(self, place: str, key: bytearray) -> OpenFile:
        """Open a file. Raises NotFound, Invalid, Denied, or Unverified where the key or the header isn't right."""
        return OpenFile(place, key)


def _check(place: Path) -> None:
    """Refuse what others can change. Whoever can shorten a file that is mapped can stop the broker in mid-read."""
    try:
        keys = place_of_keys(place)
    except OSError as error:
        raise NotFound(f"{place}: {error.strerror}.", code="broker.place") from error
    files = [keys] if keys == place else [keys, *(keys.parent / name for name in shards_beside(keys))]
    for path in [keys.parent, *files]:
        try:
            found = path.lstat()
        except OSError as error:
            raise NotFound(f"{path}: {error.strerror}.", code="broker.place") from error
        if path in files and not stat.S_ISREG(found.st_mode):
            raise Invalid(f"{path} is no sealed file.", code="broker.place", hint="Name the file, and no link to it.")
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Denied(
                f"Others than the broker's user can change {path}.",
                code="broker.place",
                hint="Give it to the broker's user, and take the right to write from everyone else.",
            )
