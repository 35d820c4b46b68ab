"""The isolated replay worker as a process: started apart from everything, alone, and confined for good.

What is taken from it is taken by audit hooks (PEP 578), which can't be removed, and by limits of the kernel. They stop
what Python code does, however a model's answer or a report misled it; code in C could pass them by. docs/replay.md says
how to run the worker under an account and in a unit of its own, where the kernel takes the same from all of it.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import resource
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kept.core.workspace import Workspace
from kept.errors import Conflict, Denied, Unavailable
from kept.practices.disclosure.records import Settings

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38  # linux/prctl.h
_FILES = 512
_TOLD = 2000  # characters of what a worker said that failed
_KEEP = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "KEPT_STATE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH")
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


async def process(workspace: Workspace, identity: Path, *, replay: str) -> None:
    """Run the worker for one replay, in a process with nothing of this one's but what it needs.

    Its environment holds no passphrase and no key, but those of the registered models. Raises Unavailable where it
    doesn't end well, and ends it where this is cancelled.
    """
    command = (sys.executable, "-m", "kept", "disclosure", "worker", "--identity", str(identity), "--replay", replay)
    started = await asyncio.create_subprocess_exec(
        *command,
        cwd=workspace.folder,
        env=environment(workspace, os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, said = await started.communicate()
    except BaseException:
        started.kill()
        await started.wait()
        raise
    if started.returncode != 0:
        raise Unavailable(
            f"The replay worker ended with {started.returncode}: {said.decode(errors='replace').strip()[-_TOLD:]}",
            code="replay.worker",
            hint="What it finished is kept; run the same again to go on.",
        )


def environment(workspace: Workspace, around: Mapping[str, str]) -> dict[str, str]:
    """What a worker's process is told: where things are, and the keys of the registered models."""
    names = {*_KEEP, *(name for uri in workspace.models.values() for name in _key_names(uri))}
    return {name: around[name] for name in sorted(names) if name in around}


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Hold the place of the one worker of a workspace; the system takes it back from one that dies.

    Raises Conflict while another holds it.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state / "replay-worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                "Another replay worker is at work here.", code="replay.worker", hint="Wait for it to end."
            ) from error
        yield
    finally:
        os.close(descriptor)


def confine(workspace: Workspace, settings: Settings) -> None:
    """Take from this process, for good, all that a replay doesn't need."""
    sys.dont_write_bytecode = True
    _limit(memory=settings.replay_memory_mib * 1024 * 1024)
    sys.addaudithook(Guard(endpoints(workspace.models), forbidden=(workspace.keys, workspace.secret)))


def endpoints(models: Mapping[str, str]) -> frozenset[Endpoint]:
    """The hosts and ports of registered models that are reached over a network."""
    found = set()
    for uri in models.values():
        scheme, _, rest = uri.partition(":")
        if scheme != "openai":
            continue
        url = urlsplit(rest)
        if url.hostname:
            found.add((url.hostname, url.port or (443 if url.scheme == "https" else 80)))
    return frozenset(found)


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
        elif event == "socket.getaddrinfo" and arguments[0] not in self._hosts and not _is_address(arguments[0]):
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


def _addresses(host: str, port: int) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return set()


def _is_address(host: Any) -> bool:
    """Whether a host is an address already, so that nobody is asked about it."""
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def _key_names(uri: str) -> Iterator[str]:
    """The environment variables that may hold the key of an endpoint."""
    scheme, _, rest = uri.partition(":")
    if scheme == "openai":
        yield dict(parse_qsl(urlsplit(rest).query)).get("key", "OPENAI_API_KEY")


def _limit(*, memory: int) -> None:
    """Limits of the kernel: no core dump, so much memory, so many files, and no new privileges."""
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory), (resource.RLIMIT_NOFILE, _FILES)):
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
            if system.prctl(option, value, 0, 0, 0) != 0:
                raise Unavailable("The system doesn't confine this process.", code="replay.confine")


def _denied(what: str) -> Denied:
    return Denied(f"The replay worker may not {what}.", code="replay.confined")
