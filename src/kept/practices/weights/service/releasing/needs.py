"""What the broker needs of the rest of the room: leases with their keys, and sealed files that open with one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from kept.practices.weights.records.access import Kind, TensorPlace
from kept.practices.weights.records.sealed import Description


class Leased(Protocol):
    """What a lease allows."""

    @property
    def id(self) -> str:
        """Its number."""
        ...

    @property
    def holder(self) -> str:
        """Who asked for it, and who alone may use it."""
        ...

    @property
    def file(self) -> str:
        """The id of the sealed file."""
        ...

    @property
    def kind(self) -> Kind:
        """Whether it is of reads by a runtime, or of an export."""
        ...

    @property
    def tensors(self) -> str:
        """The pattern of the names that it allows, as `fnmatch` reads it."""
        ...

    @property
    def bytes(self) -> int:
        """How many bytes it allows, all in all."""
        ...

    @property
    def purpose(self) -> str:
        """Why."""
        ...

    @property
    def runtime(self) -> str:
        """Into what the plaintext goes, such as "inference"."""
        ...

    @property
    def until(self) -> int:
        """When it ends, in seconds since 1970."""
        ...

    @property
    def recipient(self) -> str:
        """Of an export, who gets it."""
        ...


class Keyholder(Protocol):
    """Leases as they stand now, and the file keys that they release."""

    def lease(self, lease: str, now: datetime) -> Leased:
        """A lease in force. Raises NotFound, or Denied: not approved, revoked, past its time."""
        ...

    def file_key(self, lease: str, now: datetime, *, envelope: bytes | None = None) -> bytearray:
        """The file key, for the caller to wipe; `envelope` is the file's own. Raises as `lease` does, and more."""
        ...

    def challenge(self, lease: str, now: datetime) -> bytes:
        """A nonce for which a lease's runtime shows what it is. Raises as `lease` does."""
        ...

    def attest(self, lease: str, evidence: bytes, nonce: bytes, now: datetime) -> None:
        """Take a runtime's evidence for a nonce. Raises as `lease` does, and Denied, Invalid or Unverified."""
        ...


class Sealed(Protocol):
    """An opened sealed file."""

    @property
    def tensors(self) -> Mapping[str, TensorPlace]:
        """Where each tensor stands in the plaintext's data."""
        ...

    @property
    def size(self) -> int:
        """How many bytes of data there are."""
        ...

    @property
    def headers(self) -> tuple[bytes, ...]:
        """The header of each plaintext file as it was, in the order of their bytes."""
        ...

    def read_into(self, start: int, stop: int, out: memoryview) -> None:
        """Decrypt bytes of the data into `out`. Raises Unverified for what was changed."""
        ...

    def digests(self) -> tuple[str, ...]:
        """The SHA-256 (hex) of each plaintext file, in the order of `headers`. Raises Unverified for a change."""
        ...

    def close(self) -> None:
        """Let go of the file, and wipe its key."""
        ...


class Containers(Protocol):
    """Sealed files by their place."""

    def describe(self, place: str) -> Description:
        """What the file that stands there says of itself, which may be forged. Raises NotFound, Invalid or Denied."""
        ...

    def open(self, place: str, key: bytearray) -> Sealed:
        """Open a file. Raises NotFound, Invalid, or Unverified where the key or the header isn't right."""
        ...
