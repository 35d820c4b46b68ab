"""What broker and client say to each other: frames of a kind, a length and a body; messages are canonical JSON.

A frame is one byte of kind ("M" a message, "D" bytes of plaintext), four bytes of length (most significant first) and
the body. Whoever reads one refuses a length that is too large before any of the body has come. A message is one of
the dataclasses below as a JSON object, in the one encoding of `core.canonical`; no field may lack or be added.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from kept.core import canonical
from kept.errors import Invalid

VERSION = 1
MESSAGE = ord("M")
DATA = ord("D")
REQUEST_LIMIT = 16 * 1024
"""The longest message that a broker reads, in bytes."""
ANSWER_LIMIT = 32 * 1024 * 1024
"""The longest message that a client reads: a header names every tensor."""
DATA_LIMIT = 1024 * 1024
"""The longest run of plaintext in one frame."""
_PREFIX = struct.Struct(">BI")
_TEXT_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Hello:
    """The broker's first word: what the holder's key is to sign. `broker` names the log of its workspace."""

    version: int
    challenge: str
    broker: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Who asks, and their signature (hex) over `challenge_bytes`."""

    actor: str
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The proof holds."""

    actor: str


@dataclass(frozen=True, slots=True)
class Open:
    """Open a sealed file under a lease; `place` is its path on the broker's machine, "" to find it by its id."""

    lease: str
    place: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What is granted ("read" or "export"): for each tensor [dtype, shape, start, stop], in bytes of the data."""

    session: int
    file: str
    grants: str
    tensors: Mapping[str, Any]
    left: int


@dataclass(frozen=True, slots=True)
class Attach:
    """The memory that comes with this message is to be filled; `size` is its length in bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Attached:
    """The number of that memory on this connection."""

    memory: int


@dataclass(frozen=True, slots=True)
class Detach:
    """The broker lets go of that memory; it stays with the client."""

    memory: int


@dataclass(frozen=True, slots=True)
class Read:
    """Bytes `start` to `stop` of a tensor; into memory at `at`, or, where `memory` is -1, as frames of data.

    An empty name of a tensor means the whole of the data, for a lease of all tensors.
    """

    session: int
    tensor: str
    start: int
    stop: int
    memory: int
    at: int


@dataclass(frozen=True, slots=True)
class Done:
    """So many bytes were filled in, or sent before this message."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Export:
    """Write the marked plaintext of an opened lease for a recipient, as frames of data."""

    session: int
    recipient: str


@dataclass(frozen=True, slots=True)
class Exported:
    """The marked copy was sent whole: its digest and the ledger's entry that tells of it."""

    bytes: int
    sha256: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Compare:
    """Decrypt an opened file inside the broker, and tell the digest of each plaintext file; none of it leaves."""

    session: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The SHA-256 (hex) of each plaintext file, by its number in the order of their bytes."""

    sha256: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Close:
    """The session is over: what was set aside and not drawn goes back."""

    session: int


@dataclass(frozen=True, slots=True)
class Show:
    """Ask for a nonce, for which the runtime of a lease shows what it is before the file is opened."""

    lease: str


@dataclass(frozen=True, slots=True)
class Nonce:
    """A nonce (hex), to be answered once and soon."""

    nonce: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a runtime shows of itself for a nonce (hex): the evidence in base64."""

    lease: str
    nonce: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One of kept's six errors, by the name of its kind; nothing was released."""

    error: str
    code: str
    message: str
    hint: str


Message: TypeAlias = (
    Hello
    | Proof
    | Welcome
    | Open
    | Opened
    | Attach
    | Attached
    | Detach
    | Read
    | Done
    | Export
    | Exported
    | Compare
    | Compared
    | Close
    | Show
    | Nonce
    | Evidence
    | Refused
)
_KINDS: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in Message.__args__}
_SHAPES: dict[str, dict[str, type]] = {
    name: {each.name: each.type if each.type in (int, str) else dict for each in fields(kind)}
    for name, kind in _KINDS.items()
}


def challenge_bytes(hello: Hello, actor: str, *, channel: str) -> bytes:
    """What a holder signs: the broker's challenge, who they are, and the channel that it came by.

    `channel` is "unix" or "tls:" and the hex SHA-256 of the broker's certificate, so that an answer given to one that
    poses as the broker is worth nothing to the broker itself.
    """
    said = {"actor": actor, "broker": hello.broker, "challenge": hello.challenge, "channel": channel}
    return b"kept weights broker v1\0" + canonical.encode(said)


def encode(message: Message) -> bytes:
    """The frame of a message."""
    said = {name: getattr(message, name) for name in message.__slots__}
    return frame(MESSAGE, canonical.encode({"kind": type(message).__name__.lower()} | said))


def frame(kind: int, body: bytes) -> bytes:
    """A frame of a kind; the caller keeps to the limits."""
    return _PREFIX.pack(kind, len(body)) + body


def decode(body: bytes, *, limit: int) -> Message:
    """The message in a body. Raises Invalid for whatever is not exactly one."""
    if len(body) > limit:
        raise _malformed(f"is longer than {limit:,} bytes")
    try:
        found = json.loads(body.decode())
        # Written again it is the same: so no key came twice, and there is one way to say it.
        once = isinstance(found, dict) and canonical.encode(found) == body
    except (ValueError, RecursionError) as error:
        raise _malformed("is no JSON that can be read") from error
    if not once:
        raise _malformed("is not a canonical JSON object")
    kind = found.pop("kind", None)
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise _malformed("is of no known kind")
    if found.keys() != shape.keys():
        raise _malformed("has other fields than its kind")
    for name, value in found.items():
        if type(value) is not shape[name] or not _bounded(value):
            raise _malformed(f"has a wrong {name}")
    message: Message = _KINDS[kind](**found)
    return message


class Frames:
    """Cuts a stream of bytes into frames; holds at most one that is not whole yet."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()

    def __len__(self) -> int:
        return len(self._held)

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that are whole now, each its kind and body. Raises Invalid at a wrong kind or length."""
        held = self._held
        held += data
        at = 0
        try:
            while len(held) - at >= _PREFIX.size:
                kind, length = _PREFIX.unpack_from(held, at)
                if kind not in (MESSAGE, DATA) or length > (DATA_LIMIT if kind == DATA else self._limit):
                    raise Invalid("A frame is of no known kind, or too long.", code="message.frame", hint=_HINT)
                end = at + _PREFIX.size + length
                if len(held) < end:
                    break
                body = bytes(held[at + _PREFIX.size : end])
                at = end
                yield kind, body
        finally:
            del held[:at]


_HINT = "Is this a kept weights broker, of the same version?"


def _bounded(value: Any) -> bool:
    if isinstance(value, int):
        return -1 <= value <= canonical.LARGEST
    return len(value) <= _TEXT_LIMIT if isinstance(value, str) else True


def _malformed(why: str) -> Invalid:
    return Invalid(f"A message {why}.", code="message.malformed", hint=_HINT)
