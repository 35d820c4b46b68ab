"""A file in memory without reading it: its pages come when they are looked at."""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path

from kept.errors import Invalid, NotFound, Unavailable


def mapped(place: Path | str, descriptor: int = -1) -> memoryview:
    """The bytes of a regular file, read-only, until the last reader lets go of them; of `descriptor` where it is open.

    Whoever may shorten the file meanwhile can end this process (SIGBUS): nothing is released then, and nothing leaks.
    Raises NotFound, Invalid for what is no file, and Unavailable.
    """
    own = open_file(place) if descriptor < 0 else descriptor
    try:
        size = os.fstat(own).st_size
        return memoryview(mmap.mmap(own, size, prot=mmap.PROT_READ) if size else b"")
    except OSError as error:
        raise Unavailable(f"{place} can't be mapped: {error.strerror}.", code="file.unreadable") from error
    finally:
        if descriptor < 0:
            os.close(own)


def open_file(place: Path | str) -> int:
    """A descriptor of a regular file, for reading. Raises NotFound, Invalid or Unavailable."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {place}.", code="file.missing") from error
    except OSError as error:
        raise Unavailable(f"{place} can't be read: {error.strerror}.", code="file.unreadable") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Invalid(f"{place} is not a file.", code="file.not-a-file")
    return descriptor


def read_small(place: Path | str, limit: int) -> bytes:
    """A whole file of at most `limit` bytes. Raises NotFound, Invalid or Unavailable."""
    with os.fdopen(open_file(place), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Invalid(f"{place} is larger than the {limit:,} bytes that are read.", code="file.too-large")
    return data
