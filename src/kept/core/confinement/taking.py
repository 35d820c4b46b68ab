"""Takes from a process, for good, all that it says it doesn't need, and tells which of it the system really took."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kept.core.confinement import Confinement, filtering, landlock, system
from kept.core.confinement.filtering import Sockets
from kept.core.confinement.landlock import Allowed
from kept.core.confinement.system import Limits


@dataclass(frozen=True, slots=True)
class Needs:
    """What a process must still be able to do; what is `hidden` must not lie below what it may read."""

    allowed: Allowed
    limits: Limits
    sockets: Sockets = field(default_factory=Sockets)
    hidden: tuple[Path, ...] = ()


def confine(needs: Needs) -> Confinement:
    """Take all else, in the order in which one step doesn't hinder the next; what the system refuses is told.

    1. A network of its own, where none is needed: it takes files of /proc that are shut afterwards.
    2. Limits of resources, capabilities, and looks into its memory.
    3. Files and ports, by Landlock.
    4. System calls, last: the steps above are among those that are refused from then on.
    """
    if sys.platform != "linux":
        return Confinement((), (f"nothing is asked of {sys.platform}",))
    took: dict[str, str] = {}
    alone = not (needs.sockets.network or needs.sockets.local)
    isolated = _reason(system.isolate) if alone else "a model or the database is reached over it"
    took["limits"] = _reason(partial(system.limit, needs.limits))
    took["privileges"] = _reason(system.give_up_privileges)
    took["inspection"] = _reason(system.hide)
    abi = landlock.version()
    took["files"] = _files(needs, abi)
    took["calls"] = _calls(needs.sockets)
    took["network"] = network_reason(needs, abi, isolated=isolated, files=took["files"], calls=took["calls"])
    holds = tuple(name for name, reason in took.items() if not reason)
    return Confinement(holds, tuple(f"{name}: {reason}" for name, reason in took.items() if reason))


def _files(needs: Needs, abi: int) -> str:
    if not abi:
        return "this kernel has no Landlock (5.13 and later, if it is switched on)"
    before = 0 if abi >= landlock.ALL_THREADS else system.threads() - 1
    failed = _reason(partial(landlock.restrict, needs.allowed, abi=abi))
    if failed or before:
        return failed or f"{before} threads ran before it was confined"
    readable = [path.resolve() for path in needs.allowed.readable]
    for hidden in needs.hidden:
        above = next((path for path in readable if hidden.resolve().is_relative_to(path)), None)
        if above is not None:
            return f"{hidden} lies below {above}, which is read"
    return ""


def _calls(sockets: Sockets) -> str:
    if not filtering.supported():
        return "the system calls of this machine aren't known here (x86_64 and aarch64 are)"
    return _reason(partial(filtering.refuse, sockets))


def network_reason(needs: Needs, abi: int, *, isolated: str, files: str, calls: str) -> str:
    """Why the network isn't confined, from why each step wasn't taken; empty where it is.

    Without need of it: a network of its own, or no sockets at all. Else Landlock's ports, and TCP alone."""
    if not (needs.sockets.network or needs.sockets.local):
        return "" if not isolated or not calls else isolated
    if not files and abi < landlock.PORTS:
        return f"this kernel's Landlock limits no ports (version {abi}; {landlock.PORTS} does)"
    return files or calls


def _reason(step: Callable[[], None]) -> str:
    """Why a step wasn't taken; empty where it was."""
    try:
        step()
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
    return ""
