"""What the ledger room tells its user."""

from dataclasses import dataclass
from typing import Literal

from kept.core.cosignature import Witnessing


@dataclass(frozen=True, slots=True)
class Settings:
    """`[practices.ledger]`: the name this workspace witnesses under (its origin and "/witness" unless given), and how
    long a witness may take to answer, in seconds.
    """

    witness_name: str = ""
    witness_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Party:
    """A witness that is asked to cosign this log: its verifier key, its submission prefix, its organisation."""

    key: str
    url: str
    group: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A log that this workspace witnesses."""

    origin: str
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How a witness answered; `size` is what it holds, where that is known."""

    witness: str
    outcome: Literal["cosigned", "refused", "unavailable"]
    size: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint, and how each witness answered."""

    origin: str
    size: int
    root: str
    note: str
    witnesses: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that was verified. Without a trust file it is consistent, and nobody vouches for it.

    `statements` counts entries whose body is there, `erased` those whose body isn't. `refused` lists the statements
    that are void: key events that changed nothing, and whatever nobody signed who could.
    """

    state: Literal["authenticated", "consistent, not authenticated"]
    origin: str
    size: int
    root: str
    statements: int
    erased: int
    witnessing: Witnessing | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key and the ledger indices at which its signatures count; `address` where this workspace holds it."""

    key_id: str
    holder: str
    algorithm: str
    roles: tuple[str, ...]
    purpose: str
    since: int
    until: int | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, as `follow` shows it."""

    index: int
    predicate: str
    model: str
    digest: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Rooted:
    """A root that was made: its key ids, and the new trust file with its SHA-256, to be handed out anew."""

    keys: tuple[str, ...]
    trust: str
    sha256: str
