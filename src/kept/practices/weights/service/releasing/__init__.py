"""The verbs of the broker: serve, open, export, and decoys."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict, NotFound, Unverified
from kept.practices.weights.methods.budgets import read_budget
from kept.practices.weights.methods.standins import decoy_file
from kept.practices.weights.records import Settings
from kept.practices.weights.records.access import Decoy, Exported, Protection, Remote
from kept.practices.weights.records.sealed import Told, VerifiedWeights
from kept.practices.weights.service.auditing.recording import summarise
from kept.practices.weights.service.leasing.keyholder import Keyholder as Leases
from kept.practices.weights.service.leasing.lending import Lending
from kept.practices.weights.service.moments import Moments, milliseconds
from kept.practices.weights.service.releasing.decoys import Decoys
from kept.practices.weights.service.releasing.doors import Doors
from kept.practices.weights.service.releasing.exporting import Exporting
from kept.practices.weights.service.releasing.gate import Gate
from kept.practices.weights.service.releasing.meter import Meter, latest
from kept.practices.weights.service.releasing.needs import Containers, Keyholder
from kept.practices.weights.service.sealing import Sealing
from kept.practices.weights.service.tables.sealing import FILES
from kept.practices.weights.service.watching.watcher import Watcher

SOCKET = "broker.sock"


@dataclass(frozen=True, slots=True)
class Brokering:
    """What a broker is started with: who decides, who may knock, and where."""

    gate: Gate
    doors: Doors
    name: str
    socket: Path
    listen: str
    certificate: Path
    clients: Path
    piece: int
    draw: Callable[[int], bytes]
    summarise: Callable[[], None]
    hours: int
    watch: Callable[[], object]
    seconds: int


class Releasing(Sealing):
    """Lets plaintext out, through the broker alone."""

    _context: Context
    _settings: Settings

    async def serve(self, *, by: Actor, told: Callable[[str, Protection], None], warn: Callable[[str], None]) -> None:
        """Be the broker, until it is told to end.

        `told` hears where it listens and what protects its memory, `warn` why nothing is released. Raises Conflict
        where another broker serves the workspace, Unavailable where the clock was set back.
        """
        Lending(self._context, self._settings).brokers.ensure(by=by)
        run = load(self._context.backends["broker"]["serve"])
        await run(self._brokering(by), told=told, warn=warn)

    def open(
        self,
        sealed: Path,
        *,
        lease: str,
        tensors: str = "*",
        rows: tuple[int, int] | None = None,
        remote: Remote | None = None,
        by: Actor,
    ) -> dict[str, Any]:
        """Load tensors by way of the broker, and say what they look like: type, shape and a few figures each.

        Nothing of them reaches a disk. With `remote` the broker is on another machine, and `sealed` a path there.
        Raises Denied, NotFound, Unverified, and Unavailable without a broker.
        """
        from kept.practices.weights.methods.figures import figures

        shown, size = [], 0
        with (
            self._connected(by, remote) as client,
            load(self._context.backends["broker"]["weights"])(client, lease, sealed) as weights,
        ):
            for name, place in weights.places.items():
                if fnmatchcase(name, tensors):
                    values = weights.rows(name, *rows) if rows else weights.tensor(name)
                    size += values.nbytes
                    found = asdict(figures(place.dtype, values))
                    shown.append({"name": name, "dtype": place.dtype, "shape": list(values.shape)} | found)
        if not shown:
            raise NotFound(f"The lease allows no tensor {tensors[:80]!r}.", code="lease.tensor")
        return {"tensors": shown, "bytes": size, "left": weights.left}

    def export(
        self, sealed: Path, out: Path, *, lease: str, to: str, remote: Remote | None = None, by: Actor
    ) -> Exported:
        """Write a copy in the clear that carries the mark of its recipient, whole or not at all; it is recorded first.

        Raises Denied unless the lease is one of export to `to`, Conflict where `out` exists, and as `open` does.
        """
        with self._connected(by, remote) as client:
            run = load(self._context.backends["broker"]["export"])
            exported: Exported = run(client, lease, sealed, out, recipient=to)
        return exported

    def compare(
        self, sealed: Path, *, lease: str, trust: bytes | None = None, told: Told | None = None, by: Actor
    ) -> VerifiedWeights:
        """Check every byte of a sealed file, as `verify` does, and that its plaintext is what was signed.

        The broker decrypts it and tells digests; none of it leaves, and the lease loses no bytes. Raises Unverified
        where it is another, and as `verify` and `open` do.
        """
        found = self.verify(str(sealed), trust=trust, told=told)
        with self._connected(by, None) as client:
            reader = client.open(lease, sealed)
            digests = reader.compare()
            reader.close()
        if reader.file != found.file or digests != found.parts:
            raise Unverified(
                "The plaintext in the sealed file is not what was signed.",
                code="sealed.plaintext",
                hint="Whoever sealed it had the key and another file: find out who, and take it from its backup.",
            )
        return replace(found, plaintext=True)

    def decoys_plant(self, place: Path, *, by: Actor, size: int = 4_000_000) -> Decoy:
        """Take a sealed file for a decoy, or make one of `size` random bytes where none stands: nobody should open it.

        Whoever tries, or asks for a lease of it, raises an alarm and isn't told. Raises Conflict for one that is a
        decoy already, and what sealing raises.
        """
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=place.absolute().parent) as folder:
                source = Path(folder) / "model.safetensors"
                source.write_bytes(decoy_file(size, self._context.entropy))
                self.seal(str(source), str(place), by=by)
        found = self._containers().describe(str(place.absolute()))
        decoys = Decoys(self._context.store)
        return decoys.plant(found.file, str(place.absolute()), made=milliseconds(self._context.clock()))

    def decoys_list(self) -> tuple[Decoy, ...]:
        """Every decoy, and how often somebody touched it."""
        return Decoys(self._context.store).list()

    def _connected(self, by: Actor, remote: Remote | None) -> Any:
        backends, workspace = self._context.backends["broker"], self._context.workspace
        if remote is not None:
            return load(backends["remote"])(workspace, by, remote)
        return load(backends["client"])(workspace, by, socket=self._socket)

    def _brokering(self, by: Actor) -> Brokering:
        context, settings = self._context, self._settings
        moments = Moments(context.clock, latest=latest(context.store))
        meter = Meter(context.store, map(read_budget, settings.budgets), moments)
        gate = Gate(
            keyholder=self._keyholder(),
            containers=self._containers(),
            meter=meter,
            moments=moments,
            decoys=Decoys(context.store),
            places=self._place,
            version=self._version,
            exporting=Exporting(context, settings, by),
            runtimes=settings.runtimes,
            ahead=settings.reserve_ahead,
        )
        return Brokering(
            gate=gate,
            doors=Doors(context, settings),
            name=context.workspace.origin,
            socket=self._socket,
            listen=settings.broker_listen,
            certificate=context.workspace.folder / settings.broker_certificate,
            clients=context.workspace.folder / settings.broker_clients,
            piece=max(settings.reserve_ahead // 2, 1 << 20),
            draw=context.entropy,
            summarise=partial(self._summarise, by),
            hours=settings.summary_hours,
            watch=partial(Watcher(context, settings).follow, by=by),
            seconds=settings.watch_seconds,
        )

    def _summarise(self, by: Actor) -> None:
        """Record what was read since the last summary, if anything was."""
        try:
            summarise(self._context, by=by)
        except Conflict:
            # Nothing was asked of the broker, or somebody else recorded it at the same time.
            return

    def _keyholder(self) -> Keyholder:
        return Leases(self._context, self._settings)

    def _version(self) -> int:
        """What changes with every statement on leases, custodians and keys."""
        return self._context.ledger.size()

    def _place(self, file: str) -> str:
        """Where a file was sealed to. Raises NotFound."""
        with self._context.store.read() as connection:
            found = connection.execute(select(FILES.c.place).where(FILES.c.file == file)).scalar()
        if found is None:
            raise NotFound("Nobody knows where this file stands.", code="broker.place", hint="Name its path.")
        return str(found)

    def _containers(self) -> Containers:
        opened: Containers = load(self._context.backends["broker"]["files"])()
        return opened

    @property
    def _socket(self) -> Path:
        chosen = self._settings.broker_socket
        workspace = self._context.workspace
        return workspace.folder / chosen if chosen else workspace.state / SOCKET
