"""A room's replay worker as a process: started apart from everything, alone, and confined for good.

The kernel takes from it what no replay needs (`confinement`), whichever code asks, as far as it can; audit hooks above
that tell what Python code may do. What each system lacks is told, and docs/replay.md says what no confinement stops.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from kept.core.confinement import Confinement, WorkerSettings
from kept.core.confinement.guard import Endpoint, Guard
from kept.core.confinement.needs import needs_of
from kept.core.confinement.taking import confine as take
from kept.core.workspace import Workspace
from kept.errors import Conflict, Unavailable

_TOLD = 4000  # bytes, of what a worker said that failed
_PIECE = 65_536
_KEEP = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "KEPT_STATE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH")


async def process(workspace: Workspace, command: Sequence[str], *, seconds: int) -> None:
    """Run a room's worker by its command ("disclosure", "worker", …), in a process with nothing of this one's.

    Its environment holds no passphrase and no key, but those of the registered models. Raises Unavailable where it
    doesn't end well, or within so many seconds, and ends it then, as where this is cancelled.
    """
    started = await asyncio.create_subprocess_exec(
        # -P: what lies in the workspace is no code of this program's.
        *(sys.executable, "-P", "-m", "kept", *command),
        cwd=workspace.folder,
        env=environment(workspace, os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            said = await _last_words(started)
    except TimeoutError as error:
        raise _ended(f"did not end within {seconds} seconds") from error
    finally:
        if started.returncode is None:
            started.kill()
            # To the end of what it said: while its pipe is full, nobody hears that it is gone.
            await _last_words(started)
    if started.returncode != 0:
        raise _ended(f"ended with {started.returncode}: {said.decode(errors='replace').strip()}")


async def _last_words(started: asyncio.subprocess.Process) -> bytes:
    """The end of what a process says until it ends; what comes before is let go, however much it is."""
    said = b""
    assert started.stderr is not None
    while piece := await started.stderr.read(_PIECE):
        said = (said + piece)[-_TOLD:]
    await started.wait()
    return said


def _ended(how: str) -> Unavailable:
    return Unavailable(
        f"The replay worker {how}.",
        code="replay.worker",
        hint="What it finished is kept; run the same again to go on.",
    )


def environment(workspace: Workspace, around: Mapping[str, str]) -> dict[str, str]:
    """What a worker's process is told: where things are, and the keys of the registered models."""
    names = {*_KEEP, *(name for uri in workspace.models.values() for name in _key_names(uri))}
    return {name: around[name] for name in sorted(names) if name in around}


@contextmanager
def alone(state: Path, *, room: str) -> Iterator[None]:
    """Hold the place of a room's one worker in a workspace; the system takes it back from one that dies.

    Raises Conflict while another holds it.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state / f"{room}-worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


def confine(workspace: Workspace, settings: WorkerSettings) -> Confinement:
    """Take from this process, for good, all that a replay doesn't need; what was taken, and what wasn't.

    Raises Unavailable where all of it is required and the system lacks some.
    """
    sys.dont_write_bytecode = True
    reached = endpoints(workspace.models)
    found = take(needs_of(workspace, settings, reached))
    if found.lacking and settings.replay_confinement == "required":
        raise Unavailable(
            f"The replay worker isn't confined as kept.toml requires: {'; '.join(found.lacking)}.",
            code="replay.confinement",
            hint='Run it where the kernel offers this, or set replay_confinement = "available".',
        )
    sys.addaudithook(Guard(reached, forbidden=(workspace.keys, workspace.secret)))
    return replace(found, holds=(*found.holds, "python"))


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


def _key_names(uri: str) -> Iterator[str]:
    """The environment variables that may hold the key of an endpoint."""
    scheme, _, rest = uri.partition(":")
    if scheme == "openai":
        yield dict(parse_qsl(urlsplit(rest).query)).get("key", "OPENAI_API_KEY")
