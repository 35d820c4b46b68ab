"""Objects as they are asked for, answered, brought and received."""

from dataclasses import dataclass, field
from typing import Literal

from kept.practices.sharing.records.markings import Tlp

SignatureState = Literal["valid", "unknown", "none"]
"""Signed by a pinned key; signed by a key that nobody pinned; not signed."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects are asked for, as TAXII 2.1 has it (section 3.4); `after` is where a page before ended."""

    limit: int
    after: int = 0
    ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    versions: tuple[str, ...] = ("last",)
    specifications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a page: `number` is when it was added, in microseconds since 1970."""

    number: int
    object: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, and whether there is more. `bodies` is empty where only entries were asked for."""

    entries: tuple[Entry, ...]
    more: bool
    bodies: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object that was brought: `why` is "" where it was taken, or is here already."""

    id: str
    version: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a request that brought objects."""

    id: str
    requested: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """An object that came from a peer, posted here or pulled there.

    `cursor` resumes after it. `signer` is the peer whose pinned key signed it, "" where none did. `collection` is the
    id of that where it is kept here. `latest` says whether no newer version by the same owner is here: an old one that
    comes late, or is played again, is not. `body` is the object in canonical JSON, signature and all.
    """

    cursor: int
    id: str
    kind: str
    version: str
    peer: str
    collection: str
    tlp: Tlp
    signature: SignatureState
    signer: str
    latest: bool
    received: str
    body: bytes = field(repr=False)
