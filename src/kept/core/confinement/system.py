"""What a process on Linux can give up for good: limits, privileges, its place in a network. Errors come as OSError."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# linux/prctl.h, linux/sched.h, linux/capability.h
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 3, 4, 38, 39
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_CAPABILITIES_V3 = 0x2008_0522

THREADS = 64
"""How many threads and processes more than now a user may have, where that is counted at all."""


@cache
def library() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """A system call by its number. Raises OSError with the reason that the kernel gives."""
    library().syscall.restype = ctypes.c_long
    found = int(library().syscall(ctypes.c_long(number), *arguments))
    if found < 0:
        raise last_error()
    return found


def last_error() -> OSError:
    """What the last call in C said."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def threads() -> int:
    """How many threads this process has. Raises OSError where /proc isn't there."""
    return len(os.listdir("/proc/self/task"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of memory, seconds of CPU, open files, and bytes of the largest file that is written."""

    memory: int
    cpu: int
    files: int
    size: int


def limit(most: Limits) -> None:
    """Set limits that hold from now on, and have no core dump written.

    Threads and processes are counted by user, so that a limit of them is above what the user has now; nobody counts
    those of root. Raises OSError or ValueError where one can't be set.
    """
    told = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: most.memory,
        resource.RLIMIT_CPU: most.cpu,
        resource.RLIMIT_NOFILE: most.files,
        resource.RLIMIT_FSIZE: most.size,
        resource.RLIMIT_NPROC: _tasks_of_user() + THREADS,
    }
    for what, wanted in told.items():
        _, hard = resource.getrlimit(what)
        least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(what, (least, least))


def isolate() -> None:
    """Move this process into a network of its own, that has no way out. Raises OSError where the system forbids it.

    It takes a user namespace, in which the process is who it was. Connections that are open stay open.
    """
    user, group = os.geteuid(), os.getegid()
    if library().unshare(ctypes.c_int(_CLONE_NEWUSER | _CLONE_NEWNET)) != 0:
        raise last_error()
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(line)


def give_up_privileges() -> None:
    """No capability, now or by any program that is started. Raises OSError."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_V3, 0))
    nothing = ctypes.create_string_buffer(struct.pack("=6I", *[0] * 6))
    if library().capset(header, nothing) != 0:
        raise last_error()
    if library().prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        raise OSError("the kernel keeps new privileges possible")


def hide() -> None:
    """No process of the same user may look into this one's memory, and it leaves no core dump. Raises OSError."""
    _prctl(_PR_SET_DUMPABLE, 0)
    if library().prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError("the kernel lets others look into the process")


def _prctl(option: int, value: int) -> None:
    if library().prctl(option, value, 0, 0, 0) != 0:
        raise last_error()


def _tasks_of_user() -> int:
    user, count = os.getuid(), 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if process.stat().st_uid == user:
                count += len(os.listdir(process / "task"))
        except OSError:
            continue  # it ended meanwhile, or hides
    return count
