"""Landlock (Linux 5.13 and later): a process says which files it may still touch and which ports it may reach.

Numbers and structures are those of linux/landlock.h; docs.kernel.org/userspace-api/landlock.html says what each version
of its interface (ABI) can do. What a version lacks is left out here, and `ABI` tells which it is.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kept.core.confinement.system import call

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every machine
_VERSION = 1
_BENEATH, _PORT = 1, 2
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_BIND, _CONNECT = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
_ALL_THREADS = 1 << 3

PORTS, SCOPES, ALL_THREADS = 4, 6, 8
"""From which version of its interface it limits ports, scopes signals and abstract sockets, reaches all threads."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """All that may still be touched: files and folders to read, files to write, TCP ports to connect to."""

    readable: tuple[Path, ...]
    writable: tuple[Path, ...] = ()
    ports: frozenset[int] = frozenset()


def version() -> int:
    """The version of the kernel's Landlock interface; 0 where it has none, or it is switched off."""
    try:
        return call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError:
        return 0


def restrict(allowed: Allowed, *, abi: int) -> None:
    """Take everything else from this process for good, with no new privileges set before. Raises OSError.

    Only threads that are started afterwards are restricted too, below version 8 of the interface.
    """
    files = _files(abi)
    with _ruleset(files, abi) as rules:
        for path in _there(allowed.readable):
            _add_path(rules, path, (_READ_FILE | _READ_DIR) & files)
        for path in _there(allowed.writable):
            _add_path(rules, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & files)
        for port in sorted(allowed.ports) if abi >= PORTS else ():
            _add(rules, _PORT, struct.pack("=QQ", _CONNECT, port))
        call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(_ALL_THREADS if abi >= ALL_THREADS else 0))


def _files(abi: int) -> int:
    """Every right to files that this version knows: 13 at first, then to move files, to cut them, to control devices.

    One that is handled and not granted is taken away.
    """
    count = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5)
    return (1 << count) - 1


@contextmanager
def _ruleset(files: int, abi: int) -> Iterator[int]:
    attributes = struct.pack("=QQQ", files, _BIND | _CONNECT, _ABSTRACT_SOCKETS | _SIGNALS)
    size = 24 if abi >= SCOPES else 16 if abi >= PORTS else 8
    made = call(
        _CREATE, ctypes.create_string_buffer(attributes[:size], size), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    try:
        yield made
    finally:
        os.close(made)


def _there(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.exists())


def _add_path(rules: int, path: Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= ~_READ_DIR
        _add(rules, _BENEATH, struct.pack("=Qi", rights, opened))
    finally:
        os.close(opened)


def _add(rules: int, kind: int, attributes: bytes) -> None:
    held = ctypes.create_string_buffer(attributes, len(attributes))
    call(_ADD, ctypes.c_int(rules), ctypes.c_int(kind), held, ctypes.c_uint32(0))
