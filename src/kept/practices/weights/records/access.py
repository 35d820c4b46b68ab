"""The nouns of the broker: who asks for plaintext, what is set aside for them before a byte leaves, and what left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["read", "export"]
Scope = Literal["person", "team", "host", "everyone"]
Door = Literal["unix", "tls"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the other end, as established: the holder proved to have the key, the system told the rest.

    `uid` and `pid` are of a process on this machine, -1 for a remote one; `host` is where it runs.
    """

    actor: str
    team: str
    roles: tuple[str, ...]
    host: str
    door: Door = "unix"
    uid: int = -1
    pid: int = -1


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many bytes in any span of `seconds`, for each person, team or host, or for everyone together.

    `kind` "export" counts exports alone, "read" counts every byte that leaves. `text` is what the settings say.
    """

    scope: Scope
    kind: Kind
    seconds: int
    bytes: int
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes the budgets still allow, and the text of the one that allows fewest; "" where none applies."""

    bytes: int
    budget: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Bytes that are spent from the moment on at which the row is durable, whatever becomes of them."""

    number: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """Where a tensor stands in the plaintext: its type as safetensors names it, its shape, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Granted:
    """What an opened lease may read: the tensors by name, and how many bytes are left to it."""

    lease: str
    file: str
    kind: Kind
    tensors: Mapping[str, TensorPlace] = field(repr=False)
    left: int


@dataclass(frozen=True, slots=True)
class Remote:
    """A broker on another machine: HOST:PORT, this host's certificate with its key, and the broker's certificate."""

    address: str
    certificate: Path
    broker: Path


@dataclass(frozen=True, slots=True)
class Protection:
    """What the system grants against plaintext and keys reaching a disk; `lacking` says what it does not, and why."""

    granted: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoy:
    """A sealed file that nobody has a reason to open; `touched` counts who tried."""

    file: str
    place: str
    planted: str
    touched: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """A marked copy that was written: where, its bytes, its SHA-256, and the ledger's entry that tells of it."""

    place: str
    bytes: int
    sha256: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Accessed:
    """What one person read of one file under one lease; moments are UTC."""

    person: str
    file: str
    lease: str
    purpose: str
    host: str
    reads: int
    refused: int
    bytes: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Who read what, and whether the meter agrees with itself and with what the ledger was told.

    `unrecorded` is how many rows no summary speaks of yet; `disagreements` says what doesn't fit, and is empty if all
    does.
    """

    accesses: tuple[Accessed, ...]
    summaries: int
    unrecorded: int
    disagreements: tuple[str, ...]
