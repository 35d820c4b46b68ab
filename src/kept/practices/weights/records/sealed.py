"""What is said of sealed files, and what it takes to seal one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kept.core.context import Entropy
from kept.core.keys import PublicKey
from kept.core.statement import Envelope, Statement

Standing = Literal["authenticated", "consistent, not authenticated"]
Told = Callable[[int, int], None]
"""Is told how many of how many bytes are done."""


@dataclass(frozen=True, slots=True)
class Commission:
    """Who seals, and how: `keyed` takes a file id and a salt, and gives the file key (to wipe) and its envelope.

    `keys` are the public keys that `sign` signs with; `issued` is when (UTC), `by` the actor's id.
    """

    keyed: Callable[[str, bytes], tuple[bytearray, bytes]]
    sign: Callable[[Statement], Envelope]
    keys: tuple[PublicKey, ...]
    issued: str
    by: str
    entropy: Entropy
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a sealed file says of itself: its id and salt, the SHA-256 of the weights, and the keys that count."""

    file: str
    place: str
    salt: bytes
    weights: str
    envelope: bytes = field(repr=False)
    generation: int


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file: its id, its path, the SHA-256 of its plaintext, and the sizes of plaintext and sealed file."""

    file: str
    place: str
    sha256: str
    bytes: int
    sealed_bytes: int
    tensors: int


@dataclass(frozen=True, slots=True)
class SealedWeights:
    """What was sealed: one file, or the index of a folder and its shards; `left` are files that stayed as they were.

    `file` and `sha256` name the whole: a file's own; or the id of the index, and the SHA-256 of the list of shards.
    `recorded` is the ledger index, None where nothing was recorded.
    """

    file: str
    place: str
    sha256: str
    files: tuple[SealedFile, ...]
    left: tuple[str, ...] = ()
    recorded: int | None = None

    @property
    def sealed_bytes(self) -> int:
        """The size of all of it, sealed."""
        return sum(each.sealed_bytes for each in self.files)


@dataclass(frozen=True, slots=True)
class VerifiedWeights:
    """What checking came to: every byte is as it was signed, by these holders where a trust file names them.

    `parts` are the SHA-256 (hex) of the plaintext files, as they were signed for; `plaintext` says whether the key was
    there and the plaintext compared. `generation` counts the file's keys. `recorded` is the index at which a log says
    that it was sealed, None where no log was asked.
    """

    state: Standing
    file: str
    sha256: str
    issued: str
    by: str
    signed: tuple[str, ...]
    files: int
    bytes: int
    generation: int
    recorded: int | None = None
    parts: tuple[str, ...] = ()
    plaintext: bool = False
    remarks: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SignedModel:
    """A model that was signed as the OpenSSF specifies: its name, how many files or spans, and how they are hashed."""

    name: str
    parts: int
    algorithm: str
