"""Indexes as files that are mapped into memory: a process starts with what another computed, and all share it.

A file is written aside and then takes the place of the one before, so that it is whole or not there. It is not signed
nor summed: what an index leads to is looked up before it is told, and the store can always make it anew.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Unavailable

_SUFFIX = ".index"
# Arrays in one file, each as NumPy's format writes it, behind its name in 16 bytes.
_MAGIC = b"kept index 1\n"
_NAME_BYTES = 16


class MappedIndexes:
    """Keeps arrays in files of one folder, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> Mapping[str, NDArray[Any]] | None:
        """The arrays kept under a name, mapped and read-only; None where there are none, or none that can be read."""
        try:
            with self._path(name).open("rb") as file:
                return _read(file)
        except (OSError, ValueError):  # absent, cut off, or of another version: it is made anew
            return None

    def save(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays in place of those before; whoever has those loaded may go on with them. Raises Unavailable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                try:
                    _write(file, arrays)
                    file.close()
                    os.replace(file.name, self._path(name))
                except BaseException:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            raise Unavailable(
                f"The index in {self._folder} can't be kept: {error.strerror}.", code="index.io"
            ) from error

    def drop(self, name: str) -> None:
        """Forget what is kept under a name, if anything is."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"


def _write(file: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    file.write(_MAGIC)
    for name, array in arrays.items():
        file.write(name.encode().ljust(_NAME_BYTES, b"\0"))
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def _read(file: Any) -> dict[str, NDArray[Any]]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it is not an index of this version")
    found: dict[str, NDArray[Any]] = {}
    while name := file.read(_NAME_BYTES):
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("an array is of another version")
        shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
        begin = file.tell()
        if 0 in shape:  # nothing can't be mapped
            array: NDArray[Any] = np.empty(shape, kind)
        else:
            array = np.memmap(file, kind, "r", offset=begin, shape=shape, order="F" if fortran else "C")
        found[name.rstrip(b"\0").decode()] = array.view(np.ndarray)
        file.seek(begin + array.nbytes)
    return found
