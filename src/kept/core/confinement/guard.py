"""What Python code may do, judged by audit hooks (PEP 578), which can't be removed: the layer above the kernel's.

It alone tells hosts apart, where Landlock knows ports only. Code in C passes it by.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from kept.errors import Denied

_PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.truncate",
)
_SERVING = ("socket.bind", "socket.sendto", "socket.sendmsg")

Endpoint = tuple[str, int]


class Guard:
    """Judges what Python is about to do, and raises Denied for what no replay needs."""

    def __init__(self, allowed: frozenset[Endpoint], *, forbidden: tuple[Path, ...]) -> None:
        self._allowed = allowed
        self._hosts = {host for host, _ in allowed}
        self._forbidden = tuple(str(path.resolve()) for path in forbidden)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python before each of the things that it audits."""
        if event == "open":
            self._opening(*arguments)
        elif event == "socket.connect":
            self._connecting(arguments[1])
        elif event == "socket.getaddrinfo" and arguments[0] not in self._hosts and not is_address(arguments[0]):
            raise _denied(f"look up the host {str(arguments[0])[:80]!r}")
        elif event in _PROGRAMS:
            raise _denied("start a program")
        elif event in _SERVING:
            raise _denied("serve, or send to whom it didn't connect to")
        elif event in _CHANGES or event.startswith("shutil."):
            raise _denied("change files")

    def _opening(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):
            return
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND)
        name = os.path.realpath(os.fsdecode(path))
        if writes and name != os.devnull:
            raise _denied(f"write the file {name[:120]}")
        if any(name == each or name.startswith(each + os.sep) for each in self._forbidden):
            raise _denied("read the keys of the workspace")

    def _connecting(self, address: Any) -> None:
        if not isinstance(address, tuple) or len(address) < 2:
            raise _denied("connect to a local socket")
        host, port = str(address[0]), int(address[1])
        if (host, port) in self._allowed:
            return
        for name, own in self._allowed:
            if own == port and host in _addresses(name, port):
                return
        raise _denied(f"connect to {host[:80]}, port {port}")


def is_address(host: Any) -> bool:
    """Whether a host is an address already, so that nobody is asked about it."""
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def _addresses(host: str, port: int) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return set()


def _denied(what: str) -> Denied:
    return Denied(f"The replay worker may not {what}.", code="replay.confined")
