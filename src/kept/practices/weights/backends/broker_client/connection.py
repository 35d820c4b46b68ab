"""A client's end: proves who asks, opens files under leases, and has its memory filled or a stream sent to it."""

from __future__ import annotations

import array
import base64
import contextlib
import hashlib
import mmap
import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from kept import errors
from kept.core.keys import Signer
from kept.errors import Denied, Invalid, KeptError, NotFound, Unavailable
from kept.practices.weights.backends import local_sockets
from kept.practices.weights.backends.broker.memory import shared
from kept.practices.weights.methods import messages
from kept.practices.weights.methods.messages import ANSWER_LIMIT, DATA, MESSAGE, Frames, Message
from kept.practices.weights.records.access import Kind, TensorPlace

SECONDS = 60.0
_ONCE = 1024 * 1024
_CREDENTIALS = struct.Struct("3i")
_KINDS: dict[str, type[KeptError]] = {
    kind.__name__.lower(): kind
    for kind in (errors.Invalid, errors.NotFound, errors.Denied, errors.Conflict, errors.Unverified, errors.Unavailable)
}
M = TypeVar("M", bound=Any)


@dataclass(slots=True)
class Client:
    """A connection to the broker, as one holder. One question at a time; another thread takes another client."""

    link: socket.socket
    channel: str
    _frames: Frames = field(default_factory=lambda: Frames(limit=ANSWER_LIMIT))
    _come: list[tuple[int, bytes]] = field(default_factory=list)

    @classmethod
    def local(cls, path: Path, *, owner: int) -> Client:
        """Connect to the broker of this machine, which runs as the user `owner`.

        Raises Unavailable where none answers, Denied where another user's process does.
        """
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(SECONDS)
        try:
            with local_sockets.address(path) as address:
                link.connect(address)
            _, uid, _ = _CREDENTIALS.unpack(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        except OSError as error:
            link.close()
            raise Unavailable(
                f"No broker answers at {path}: {error.strerror}.",
                code="broker.absent",
                hint="Start it: kept weights serve",
            ) from error
        if uid != owner:
            link.close()
            raise Denied(f"What answers at {path} is not the workspace's owner's.", code="broker.impostor")
        return cls(link, "unix")

    @classmethod
    def remote(cls, address: str, *, certificate: Path, broker: Path) -> Client:
        """Connect over TLS; `certificate` holds the client's certificate and key, `broker` the broker's certificate.

        Raises Unavailable where none answers, Denied where it isn't that broker.
        """
        host, _, port = address.rpartition(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The broker is known by its very certificate, which names no host.
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(broker)
            context.load_cert_chain(certificate)
            plain = socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS)
            link = context.wrap_socket(plain)
        except FileNotFoundError as error:
            raise NotFound(f"{certificate} or {broker} is missing.", code="broker.certificate") from error
        except ssl.SSLCertVerificationError as error:
            raise Denied(f"What answers at {address} is not the broker.", code="broker.impostor") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"No broker answers at {address}: {error}.", code="broker.absent") from error
        return cls(link, f"tls:{hashlib.sha256(link.getpeercert(binary_form=True) or b'').hexdigest()}")

    def prove(self, actor: str, signer: Signer, *, broker: str) -> None:
        """Sign what the broker drew. Raises Denied where it isn't this workspace's broker, or doesn't know the key."""
        hello = self._next(messages.Hello)
        if hello.version != messages.VERSION:
            raise Invalid(f"The broker speaks version {hello.version}.", code="broker.version", hint="Upgrade kept.")
        if hello.broker != broker:
            raise Denied("This is the broker of another workspace.", code="broker.impostor")
        signature = signer.sign(messages.challenge_bytes(hello, actor, channel=self.channel))
        self.ask(messages.Proof(actor, signer.key_id, signature.hex()), messages.Welcome)

    def attest(self, lease: str, evidence: Callable[[bytes], bytes]) -> None:
        """Show what runtime this is: `evidence` makes that, for the nonce that the broker drew. Raises Denied."""
        nonce = self.ask(messages.Show(lease), messages.Nonce).nonce
        shown = base64.b64encode(evidence(bytes.fromhex(nonce))).decode()
        self.ask(messages.Evidence(lease, nonce, shown), messages.Done)

    @property
    def near(self) -> bool:
        """Whether the broker runs on this machine."""
        return self.channel == "unix"

    def open(self, lease: str, place: str | Path) -> Reader:
        """Open a sealed file under a lease; `place` is a path on the broker's machine. Raises Denied, NotFound, …"""
        named = str(Path(place).absolute()) if self.near and place else str(place)
        return Reader(self, self.ask(messages.Open(lease, named), messages.Opened))

    def ask(self, question: Message, answer: type[M], descriptors: Sequence[int] = ()) -> M:
        """Ask, and wait for the answer. Raises the error that the broker tells of, or Unavailable."""
        self.send(question, descriptors)
        return self._next(answer)

    def send(self, question: Message, descriptors: Sequence[int] = ()) -> None:
        """Send a question."""
        data = messages.encode(question)
        try:
            if descriptors:
                passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
                data = data[self.link.sendmsg([data], passed) :]
            self.link.sendall(data)
        except OSError as error:
            # It may have said why before it went.
            if self._refusal():
                self._next(messages.Done)
            raise _gone() from error

    def data(self, end: type[M]) -> Iterator[bytes | M]:
        """The plaintext of a stream as it comes, and at its end what the broker says of it."""
        while True:
            kind, body = self._frame()
            if kind == DATA:
                yield body
            else:
                yield self._read(body, end)
                return

    def close(self) -> None:
        """Say goodbye; the broker gives back what was set aside and not drawn."""
        self.link.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, answer: type[M]) -> M:
        kind, body = self._frame()
        if kind != MESSAGE:
            raise Invalid("The broker sent plaintext that nobody asked for.", code="broker.unexpected")
        return self._read(body, answer)

    def _read(self, body: bytes, answer: type[M]) -> M:
        found = messages.decode(body, limit=ANSWER_LIMIT)
        if isinstance(found, messages.Refused):
            raise _KINDS.get(found.error, Unavailable)(found.message, code=found.code, hint=found.hint)
        if not isinstance(found, answer):
            raise Invalid("The broker gave another answer than was asked for.", code="broker.unexpected")
        return found

    def _frame(self) -> tuple[int, bytes]:
        while not self._come:
            try:
                data = self.link.recv(_ONCE)
            except OSError as error:
                raise _gone() from error
            if not data:
                raise _gone()
            self._come += self._frames.feed(data)
        return self._come.pop(0)

    def _refusal(self) -> bool:
        with contextlib.suppress(KeptError):
            self._come.insert(0, self._frame())
        return bool(self._come)


class Memory:
    """Memory that the broker fills and this process reads; reused, it need not be taken from the system anew."""

    def __init__(self, client: Client, size: int) -> None:
        self._client = client
        descriptor, self._map = shared(size)
        try:
            self.number = client.ask(messages.Attach(size), messages.Attached, (descriptor,)).memory
        finally:
            os.close(descriptor)
        self.view = memoryview(self._map)

    def detach(self) -> None:
        """Let the broker let go of it; what was filled in stays here, for whoever looks into it."""
        self.view.release()
        self._client.ask(messages.Detach(self.number), messages.Done)

    @property
    def mapping(self) -> mmap.mmap:
        """What arrays look into; it lasts as long as the last of them."""
        return self._map


class Received:
    """Memory of this process's own, into which a stream is copied: to another machine none can be handed."""

    number = -1

    def __init__(self, size: int) -> None:
        self.mapping = mmap.mmap(-1, size)
        self.view = memoryview(self.mapping)

    def detach(self) -> None:
        """Let go of the view; what was copied in stays, for whoever looks into it."""
        self.view.release()


class Reader:
    """A sealed file that is open here."""

    def __init__(self, client: Client, opened: messages.Opened) -> None:
        self._client = client
        self._session = opened.session
        self.file = opened.file
        self.kind: Kind = "export" if opened.grants == "export" else "read"
        self.left = opened.left
        self.tensors = {name: _place(name, told) for name, told in opened.tensors.items()}

    def fill(self, memory: Memory | Received, tensor: str, start: int, stop: int, *, at: int = 0) -> memoryview:
        """Bytes of a tensor, in memory of this process's."""
        found = memory.view[at : at + stop - start]
        if isinstance(memory, Memory):
            self._client.ask(messages.Read(self._session, tensor, start, stop, memory.number, at), messages.Done)
            return found
        come = 0
        for piece in self.stream(tensor, start, stop):
            if come + len(piece) > len(found):
                break
            found[come : come + len(piece)] = piece
            come += len(piece)
        if come != stop - start:
            raise Invalid("The broker sent another number of bytes than was asked for.", code="broker.unexpected")
        return found

    def stream(self, tensor: str, start: int, stop: int) -> Iterator[bytes]:
        """Bytes of a tensor as they come; take all of them."""
        self._client.send(messages.Read(self._session, tensor, start, stop, -1, 0))
        for piece in self._client.data(messages.Done):
            if isinstance(piece, bytes):
                yield piece

    def export(self, recipient: str) -> Iterator[bytes | messages.Exported]:
        """A marked copy as it comes, and at its end what was recorded; take all of it."""
        self._client.send(messages.Export(self._session, recipient))
        return self._client.data(messages.Exported)

    def compare(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each plaintext file, told by the broker, which sends none of it."""
        told = self._client.ask(messages.Compare(self._session), messages.Compared).sha256
        return tuple(str(told[number]) for number in sorted(told))

    def memory(self, size: int) -> Memory | Received:
        """Memory to be filled."""
        return Memory(self._client, size) if self._client.near else Received(size)

    def close(self) -> None:
        """Close the file; what was set aside and not drawn goes back to the lease."""
        self._client.ask(messages.Close(self._session), messages.Done)


def _place(name: str, told: Any) -> TensorPlace:
    try:
        dtype, shape, start, stop = told
        place = TensorPlace(str(dtype), tuple(map(int, shape)), int(start), int(stop))
    except (TypeError, ValueError) as error:
        raise Invalid(f"The broker tells nothing sensible of {name[:80]!r}.", code="broker.unexpected") from error
    if not 0 <= place.start <= place.stop:
        raise Invalid(f"The broker puts {name[:80]!r} nowhere.", code="broker.unexpected")
    return place


def _gone() -> Unavailable:
    return Unavailable("The broker went away.", code="broker.gone", hint="See what it says where it was started.")
