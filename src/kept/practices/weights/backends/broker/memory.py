"""Memory that holds keys and plaintext: kept from disks and core dumps where the system allows it, and said where not.

Nothing here stops whoever is root, or reads memory from below the system: that takes hardware that encrypts it.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import resource
import sys
from pathlib import Path

from kept.errors import Invalid, Unavailable
from kept.practices.weights.records.access import Protection

# linux/prctl.h, linux/capability.h, asm-generic/mman-common.h
_PR_SET_DUMPABLE, _PR_GET_DUMPABLE = 4, 3
_CAP_IPC_LOCK = 14
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def protect() -> Protection:
    """Ask the system for every protection of this process; what it doesn't grant is told, with the reason."""
    if sys.platform != "linux":
        return Protection((), (f"nothing is asked of {sys.platform}",))
    granted: list[str] = []
    lacking: list[str] = []
    _no_core_dumps(granted, lacking)
    _not_dumpable(granted, lacking)
    _locked(granted, lacking)
    if _swaps():
        lacking.append("the machine swaps to a disk")
    else:
        granted.append("the machine has no swap")
    return Protection(tuple(granted), tuple(lacking))


class Filled:
    """Memory that a client has handed over, mapped here to be filled: of a kind that is never on a disk of its own.

    It must be sealed against shrinking: a client that made it smaller would stop the broker in mid-write.
    """

    def __init__(self, descriptor: int, size: int, *, limit: int) -> None:
        """Map it; the descriptor stays the caller's. Raises Invalid for other memory, Unavailable where there is none.

        `limit` is the most that may be mapped, in bytes.
        """
        if not 0 < size <= limit:
            raise Invalid(f"Memory of {size:,} bytes is not of use here: at most {limit:,}.", code="memory.size")
        _check_seals(descriptor)
        if os.fstat(descriptor).st_size < size:
            raise Invalid("The memory is shorter than its message says.", code="memory.size")
        try:
            # Taken now, so that none is lacking in mid-write.
            os.posix_fallocate(descriptor, 0, size)
            self._map = mmap.mmap(descriptor, size, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError as error:
            raise Unavailable(
                f"{size:,} bytes of memory can't be had: {error.strerror}.", code="memory.none"
            ) from error
        not_dumped(self._map)
        self.view = memoryview(self._map)

    def close(self) -> None:
        """Unmap it; what was filled in stays with the client."""
        self.view.release()
        try:
            self._map.close()
        except BufferError:
            # A failed read's traceback still looks into it; it is unmapped with the last who does.
            return


def shared(size: int) -> tuple[int, mmap.mmap]:
    """Memory for a broker to fill, and its descriptor: sealed against shrinking, and not in core dumps.

    Raises Unavailable where the system has none of this kind.
    """
    if not hasattr(os, "memfd_create"):
        raise Unavailable("This system has no memory that processes hand over.", code="memory.none", hint=_REMOTE)
    descriptor = os.memfd_create("weights", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        mapped = mmap.mmap(descriptor, size, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    except OSError as error:
        os.close(descriptor)
        raise Unavailable(f"{size:,} bytes of memory can't be had: {error.strerror}.", code="memory.none") from error
    not_dumped(mapped)
    return descriptor, mapped


def not_dumped(mapped: mmap.mmap) -> None:
    """Leave a mapping out of core dumps, where the system can."""
    advice = getattr(mmap, "MADV_DONTDUMP", None)
    if advice is not None:
        mapped.madvise(advice)


_REMOTE = "Let the broker send a stream over TLS."


def _check_seals(descriptor: int) -> None:
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    except OSError as error:
        raise Invalid("What was handed over is not memory.", code="memory.kind", hint="Use memfd_create.") from error
    if not seals & fcntl.F_SEAL_SHRINK:
        raise Invalid("The memory isn't sealed against shrinking.", code="memory.seals", hint="Add F_SEAL_SHRINK.")
    if seals & fcntl.F_SEAL_WRITE:
        raise Invalid("The memory is sealed against being filled.", code="memory.seals")


def _no_core_dumps(granted: list[str], lacking: list[str]) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        granted.append("no core dumps")
    except (OSError, ValueError) as error:
        lacking.append(f"core dumps are not switched off ({error})")


def _not_dumpable(granted: list[str], lacking: list[str]) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 and library.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0:
        granted.append("no process of the same user may look into its memory")
    else:
        lacking.append(f"other processes of the user may look into its memory ({os.strerror(ctypes.get_errno())})")


def _locked(granted: list[str], lacking: list[str]) -> None:
    if not _may_lock():
        most = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
        lacking.append(f"memory is not locked: the system allows {most:,} bytes (ulimit -l, or CAP_IPC_LOCK)")
        return
    library = ctypes.CDLL(None, use_errno=True)
    if library.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0:
        granted.append("memory is locked")
    else:
        lacking.append(f"memory is not locked ({os.strerror(ctypes.get_errno())})")


def _may_lock() -> bool:
    """Whether all of it may be locked; with less, the next mapping would fail."""
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_IPC_LOCK & 1)
    return False


def _swaps() -> bool:
    try:
        return len(Path("/proc/swaps").read_text().splitlines()) > 1
    except OSError:
        return True
