"""What a replay worker needs of its machine: files of Python and of the system, its store, its models' endpoints."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url

from kept.core.confinement import WorkerSettings
from kept.core.confinement.filtering import Sockets
from kept.core.confinement.guard import Endpoint, is_address
from kept.core.confinement.landlock import Allowed
from kept.core.confinement.system import Limits
from kept.core.confinement.taking import Needs
from kept.core.workspace import FILE, Workspace

_MIB = 1024 * 1024
_FILES = 512
_GROWTH = 256 * _MIB  # how much larger its store may become in one sitting
_POSTGRES = 5432

# Libraries, names of hosts, certificates, time zones, and what libraries for numbers ask of the machine.
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/ca-certificates",
    "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/hosts",
    "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
    "/dev/urandom", "/dev/random", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip


def needs_of(workspace: Workspace, settings: WorkerSettings, endpoints: frozenset[Endpoint]) -> Needs:
    """What the worker of a workspace needs, and that its keys and its secret stay hidden."""
    url = make_url(workspace.store_url)
    server = _server(url)
    reached = endpoints if server is None else endpoints | {server}
    remote = frozenset((host, port) for host, port in reached if not host.startswith("/"))
    store = _database(url)
    allowed = Allowed(
        readable=tuple(_readable(workspace, postgres=server is not None)),
        writable=(Path(os.devnull), *store),
        ports=frozenset(port for _, port in remote),
    )
    size = max((path.stat().st_size for path in store if path.exists()), default=0)
    limits = Limits(settings.replay_memory_mib * _MIB, settings.replay_cpu_seconds, _FILES, size + _GROWTH)
    names = any(not is_address(host) and host != "localhost" for host, _ in remote)
    sockets = Sockets(network=bool(remote), names=names, local=len(remote) < len(reached))
    return Needs(allowed, limits, sockets, hidden=(workspace.keys, workspace.secret))


def _database(url: URL) -> tuple[Path, ...]:
    """The files of a store on this machine's disk; none where a server keeps it.

    The log and its index are there while a connection is open, and this process holds one.
    """
    if url.get_backend_name() != "sqlite":
        return ()
    path = str(Path(str(url.database)).absolute())
    return tuple(Path(path + suffix) for suffix in ("", "-wal", "-shm"))


def _server(url: URL) -> Endpoint | None:
    """Where a store is served, a folder of sockets or a host; None for one on this machine's disk."""
    if url.get_backend_name() == "sqlite":
        return None
    host = url.host or url.query.get("host") or "/"
    return (host if isinstance(host, str) else host[0], url.port or _POSTGRES)


def _readable(workspace: Workspace, *, postgres: bool) -> Iterator[Path]:
    yield from map(Path, _SYSTEM)
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from (Path(path) for path in sys.path if path and Path(path).is_absolute())
    yield Path(sys.base_prefix) / "lib"
    yield workspace.folder / FILE
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if name in os.environ:
            yield Path(os.environ[name])
    for uri in workspace.models.values():
        scheme, _, rest = uri.partition(":")
        if scheme == "hf":
            yield workspace.folder / rest.partition("?")[0]
    if postgres:
        yield from (Path.home() / name for name in (".pgpass", ".postgresql"))
