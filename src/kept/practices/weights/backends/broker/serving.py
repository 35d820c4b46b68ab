"""The broker's process: one for a workspace, on a Unix socket and, where it is told to, over TLS as well."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import signal
import socket
import ssl
import stat
import struct
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable
from kept.practices.weights.backends import local_sockets
from kept.practices.weights.backends.broker.channels import Channel, StreamChannel, UnixChannel
from kept.practices.weights.backends.broker.conversation import Conversation, refused
from kept.practices.weights.backends.broker.memory import protect
from kept.practices.weights.methods import messages
from kept.practices.weights.records.access import Caller, Protection
from kept.practices.weights.service.releasing import Brokering
from kept.practices.weights.service.releasing.doors import Peer
from kept.practices.weights.service.releasing.gate import Opening

FLUSH_SECONDS = 1.0
_MOST = 256
_MOST_OF_ONE = 160
_SHUTDOWN_SECONDS = 5.0
_CREDENTIALS = struct.Struct("3i")


async def serve(brokering: Brokering, *, told: Callable[[str, Protection], None], warn: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; whoever is being answered then is let go, and what they didn't draw goes back.

    Raises Conflict where another broker serves the workspace, NotFound and Invalid for certificates, and what the
    meter raises while it takes up what was spent before.
    """
    protection = protect()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with _alone(brokering.socket), ThreadPoolExecutor(os.cpu_count() or 2, "kept-broker") as threads:
        broker = Broker(brokering, threads, warn)
        brokering.gate.load()
        await broker.listen()
        try:
            told(broker.address, protection)
            works = (broker.keep_writing(), broker.keep_summing(), broker.keep_watching())
            going_on = [asyncio.create_task(work) for work in works]
            await stopped.wait()
            for task in going_on:
                task.cancel()
        finally:
            await broker.stop()


@dataclass(slots=True)
class Broker:
    """The listeners, and who is being talked to."""

    brokering: Brokering
    threads: ThreadPoolExecutor
    warn: Callable[[str], None]
    address: str = ""
    _talks: dict[asyncio.Task[None], Conversation | None] = field(default_factory=dict)
    _of: Counter[str] = field(default_factory=Counter)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _listener: socket.socket | None = None

    async def listen(self) -> None:
        """Open the socket, and the port where there is to be one."""
        path = self.brokering.socket
        self._listener = _bound(path, others=self.brokering.doors.strangers)
        asyncio.get_running_loop().add_reader(self._listener, self._accept)
        self.address = str(path)
        if self.brokering.listen:
            host, _, port = self.brokering.listen.rpartition(":")
            context, digest = _tls(self.brokering)
            talk = partial(self._over_tls, digest)
            server = await asyncio.start_server(
                talk, host.strip("[]"), int(port), ssl=context, ssl_handshake_timeout=5, ssl_shutdown_timeout=2
            )
            self._servers.append(server)
            self.address += f" and {':'.join(map(str, server.sockets[0].getsockname()[:2]))}"

    async def keep_writing(self) -> None:
        """Write down what is read, again and again; while the store doesn't take it, nothing leaves."""
        failing = False
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.brokering.gate.flush(self._openings())
                failing = False
            except KeptError as error:
                if not failing:
                    self.warn(f"Nothing is released: {error}")
                failing = True

    async def keep_summing(self) -> None:
        """Record how much was read, again and again."""
        while True:
            await asyncio.sleep(self.brokering.hours * 3600)
            try:
                await asyncio.get_running_loop().run_in_executor(self.threads, self.brokering.summarise)
            except KeptError as error:
                self.warn(f"No summary was recorded: {error}")

    async def keep_watching(self) -> None:
        """Look at what was written, again and again, and raise the alarms that it calls for."""
        while True:
            await asyncio.sleep(self.brokering.seconds)
            try:
                await asyncio.get_running_loop().run_in_executor(self.threads, self.brokering.watch)
            except KeptError as error:
                self.warn(f"Nobody watched: {error}")

    async def stop(self) -> None:
        """Hear no more, let everybody go, and write down what was read."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self.brokering.socket.unlink(missing_ok=True)
        for server in self._servers:
            server.close()
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(list(self._talks), timeout=_SHUTDOWN_SECONDS)
        await self.brokering.gate.flush([])

    def _openings(self) -> list[Opening]:
        return [opening for talk in self._talks.values() if talk for opening in talk.openings.values()]

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:
            # The client went away again, or the process has as many files open as it may: the next one is asked anew.
            return
        self._begin(self._over_unix(connection))

    def _begin(self, talk: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(talk)
        self._talks[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._talks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Of what was not foreseen its kind alone: what it says might hold what must not be in a log.
            self.warn(f"A conversation ended: {error if isinstance(error, KeptError) else type(error).__name__}")

    async def _over_unix(self, connection: socket.socket) -> None:
        pid, uid, _ = _CREDENTIALS.unpack(
            connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        await self._talk(UnixChannel(connection), partial(self.brokering.doors.unix, uid=uid, pid=pid), f"uid {uid}")

    async def _over_tls(self, server: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks[task] = None
        try:
            certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            client = hashlib.sha256(certificate).hexdigest()
            known = partial(self.brokering.doors.tls, client=client, server=server)
            await self._talk(StreamChannel(reader, writer), known, client)
        finally:
            self._talks.pop(task, None)

    async def _talk(self, channel: Channel, known: Callable[[], Peer], name: str) -> None:
        try:
            peer = known()
            if len(self._talks) > _MOST or self._of[name] >= _MOST_OF_ONE:
                raise Unavailable("The broker talks to too many already.", code="broker.busy", hint="Try again soon.")
        except KeptError as error:
            await _turn_away(channel, error)
            return
        brokering = self.brokering
        hello = messages.Hello(messages.VERSION, brokering.draw(32).hex(), brokering.name)
        prove = partial(_prove, brokering, hello, peer)
        talk = Conversation(channel, brokering.gate, self.threads, hello, prove, brokering.piece)
        task = asyncio.current_task()
        assert task is not None
        self._talks[task] = talk
        self._of[name] += 1
        try:
            await talk.hold()
        finally:
            self._of[name] -= 1


def _prove(brokering: Brokering, hello: messages.Hello, peer: Peer, proof: messages.Proof) -> Caller:
    return brokering.doors.prove(hello, proof, peer)


async def _turn_away(channel: Channel, error: KeptError) -> None:
    try:
        await channel.send(messages.encode(refused(error)))
    except Unavailable:
        # It went away by itself.
        return
    finally:
        channel.close()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of the workspace's only broker: what was spent is counted in its memory."""
    try:
        lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        raise NotFound(f"The folder {path.parent} for the broker's socket is missing.", code="broker.folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict("Another broker serves this workspace.", code="broker.running") from error
    finally:
        os.close(lock)


def _bound(path: Path, *, others: bool) -> socket.socket:
    """A listening socket that only its user may connect to, or, where others are named, whoever `Doors` lets in."""
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise Conflict(f"{path} is no socket.", code="broker.socket", hint="Move it away.")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with local_sockets.address(path) as address:
            listener.bind(address)
    finally:
        os.umask(before)
    if others:
        # The system tells who connects, and `Doors` turns away whom the settings don't name.
        path.chmod(0o666)
    listener.listen(_MOST)
    listener.setblocking(False)
    return listener


def _tls(brokering: Brokering) -> tuple[ssl.SSLContext, str]:
    """What the port speaks, and the hex SHA-256 of the broker's certificate. Raises NotFound or Invalid."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    # A client's certificate may be one that its holder made: it is trusted by itself, and by its digest.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_cert_chain(brokering.certificate)
        context.load_verify_locations(brokering.clients)
        own = ssl.PEM_cert_to_DER_cert(_first_certificate(brokering.certificate.read_text()))
    except FileNotFoundError as error:
        raise NotFound(
            f"{brokering.certificate} or {brokering.clients} is missing.", code="broker.certificate", hint=_TLS
        ) from error
    except (ssl.SSLError, ValueError) as error:
        raise Invalid("The broker's certificates can't be read.", code="broker.certificate", hint=_TLS) from error
    return context, hashlib.sha256(own).hexdigest()


def _first_certificate(text: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return text[text.index(begin) : text.index(end) + len(end)]


_TLS = "broker_certificate holds certificate and key, broker_clients the clients' certificates, as PEM."
