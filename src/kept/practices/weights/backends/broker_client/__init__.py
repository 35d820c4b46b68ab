"""Weights by way of the broker: `load(path, lease)` gives tensors, and one row comes without the rest.

from kept.practices.weights.backends.broker_client import load, opened

tensors = load("model.sealed", lease)
with opened("model.sealed", lease) as weights:
    row = weights.rows("embedding.weight", 17, 18)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from math import prod
from pathlib import Path
from typing import Any

from kept.core import workspace as workspaces
from kept.core.actor import Actor
from kept.core.keyring import Keyring
from kept.core.keys.secret import choose_passphrase
from kept.core.workspace import Workspace
from kept.errors import Invalid, NotFound
from kept.practices.weights.backends import tensors
from kept.practices.weights.backends.broker_client.connection import Client, Memory, Reader, Received
from kept.practices.weights.methods.safetensors import BITS
from kept.practices.weights.records.access import Remote, TensorPlace


class Weights:
    """The tensors of an open sealed file; what is read looks into memory that is taken once and filled again."""

    def __init__(self, reader: Reader, framework: str) -> None:
        self._framework = tensors.framework(framework)
        self._reader = reader

    @property
    def places(self) -> dict[str, TensorPlace]:
        """The tensors that the lease allows: type, shape and place."""
        return self._reader.tensors

    @property
    def left(self) -> int:
        """How many bytes the lease allowed when the file was opened."""
        return self._reader.left

    def tensor(self, name: str) -> Any:
        """A whole tensor. Raises Denied where the lease doesn't allow it, or no more bytes."""
        place = self._place(name)
        return self._filled(name, place, 0, place.stop - place.start, place.shape)

    def rows(self, name: str, start: int, stop: int) -> Any:
        """Rows of a tensor, along its first dimension, without the rest. Raises Denied, or Invalid for other rows."""
        place = self._place(name)
        if not place.shape or not 0 <= start < stop <= place.shape[0]:
            raise Invalid(f"There are no rows {start} to {stop} in {name[:80]!r}.", code="read.span")
        bits = prod(place.shape[1:]) * BITS[place.dtype]
        if bits % 8:
            raise Invalid(f"The rows of {name[:80]!r} don't end at bytes.", code="read.span")
        row = bits // 8
        return self._filled(name, place, start * row, stop * row, (stop - start, *place.shape[1:]))

    def all(self, pattern: str = "*") -> dict[str, Any]:
        """Every tensor that the lease allows and whose name the pattern fits, in memory that they share."""
        chosen = {name: place for name, place in self.places.items() if fnmatchcase(name, pattern)}
        ends, end = {}, 0
        for name, place in chosen.items():
            # Each begins where any type may begin.
            ends[name] = end
            end += -(-(place.stop - place.start) // 64) * 64
        memory = self._reader.memory(max(end, 1))
        for name, place in chosen.items():
            self._reader.fill(memory, name, 0, place.stop - place.start, at=ends[name])
        memory.detach()
        return {name: self._seen(memory, ends[name], place, place.shape) for name, place in chosen.items()}

    def _place(self, name: str) -> TensorPlace:
        if name not in self.places:
            raise NotFound(f"The lease allows no tensor {name[:80]!r}.", code="lease.tensor")
        return self.places[name]

    def _filled(self, name: str, place: TensorPlace, start: int, stop: int, shape: tuple[int, ...]) -> Any:
        memory = self._reader.memory(max(stop - start, 1))
        self._reader.fill(memory, name, start, stop)
        memory.detach()
        return self._seen(memory, 0, place, shape)

    def _seen(self, memory: Memory | Received, at: int, place: TensorPlace, shape: tuple[int, ...]) -> Any:
        part = replace(place, shape=shape)
        return tensors.viewed(tensors.over(memory.mapping, self._framework), at, part, self._framework, bits=True)


@contextmanager
def opened(
    path: str | Path,
    lease: str,
    *,
    framework: str = "numpy",
    workspace: Path | None = None,
    acting_as: str | None = None,
    evidence: Callable[[bytes], bytes] | None = None,
) -> Iterator[Weights]:
    """A sealed file, opened by the broker of a workspace (the one that the current folder belongs to) under a lease.

    `evidence` makes, for a nonce, what this runtime shows of itself where it must (docs/leases.md). Arrays stay valid
    afterwards. Raises Unavailable without a broker, Denied, NotFound, and Unverified.
    """
    found = Workspace.load(workspace or workspaces.find(Path.cwd()))
    keyring = Keyring.load(found.folder, passphrase=lambda: choose_passphrase(os.environ, found.secret))
    actor = keyring.actor(acting_as)
    with connected(found, actor) as client:
        if evidence is not None:
            client.attest(lease, evidence)
        with reading(client, lease, path, framework=framework) as weights:
            yield weights


@contextmanager
def reading(client: Client, lease: str, path: str | Path, *, framework: str = "numpy") -> Iterator[Weights]:
    """A sealed file, opened by a client that is connected; `path` is one on the broker's machine."""
    reader = client.open(lease, path)
    yield Weights(reader, framework)
    reader.close()


def load(
    path: str | Path,
    lease: str,
    *,
    tensors: str = "*",
    framework: str = "numpy",
    workspace: Path | None = None,
    acting_as: str | None = None,
    evidence: Callable[[bytes], bytes] | None = None,
) -> dict[str, Any]:
    """The tensors of a sealed file under a lease, as numpy arrays or torch tensors ("torch"); `tensors` is a pattern.

    Raises as `opened` does.
    """
    told: dict[str, Any] = {"framework": framework, "workspace": workspace, "acting_as": acting_as}
    with opened(path, lease, evidence=evidence, **told) as weights:
        return weights.all(tensors)


def connected(workspace: Workspace, actor: Actor, *, socket: Path | None = None) -> Client:
    """A client of the workspace's broker on this machine, which has proved to be the actor."""
    told = workspace.practices.get("weights", {}).get("broker_socket")
    path = socket or (workspace.folder / str(told) if told else workspace.state / "broker.sock")
    # Only the folder's owner could have put a socket there.
    owner = path.parent.stat().st_uid if path.parent.exists() else os.geteuid()
    keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
    return _proved(Client.local(path, owner=owner), keyring, workspace, actor)


def connected_remotely(workspace: Workspace, actor: Actor, remote: Remote) -> Client:
    """A client of the workspace's broker on another machine, over TLS, which has proved to be the actor."""
    keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
    client = Client.remote(remote.address, certificate=remote.certificate, broker=remote.broker)
    return _proved(client, keyring, workspace, actor)


def _proved(client: Client, keyring: Keyring, workspace: Workspace, actor: Actor) -> Client:
    try:
        client.prove(actor.id, keyring.signers(actor)[0], broker=workspace.origin)
    except BaseException:
        client.close()
        raise
    return client


__all__ = ["Client", "Memory", "Reader", "Weights", "connected", "connected_remotely", "load", "opened", "reading"]
