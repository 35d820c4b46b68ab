"""What the broker needs of the rest of the room: leases with their keys, and sealed files that open with one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from kept.practices.weights.records.access import Kind, TensorPlace


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


class Keyholder(Protocol):
    """Leases as they stand now, and the file keys that they release."""

    def lease(self, lease: str, now: datetime) -> Leased:
        """A lease in force. Raises NotFound, or Denied: not approved, revoked, past its time."""
        ...

    def file_key(self, lease: str, now: datetime) -> bytearray:
        """The file key, for the caller to wipe. Raises as `lease` does, and what the key store raises."""
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

    def read_into(self, start: int, stop: int, out: memoryview) -> None:
        """Decrypt bytes of the data into `out`. Raises Unverified for what was changed."""
        ...

    def close(self) -> None:
        """Let go of the file, and wipe its key."""
        ...


class Containers(Protocol):
    """Sealed files by their place."""

    def identify(self, place: str) -> str:
        """The id of the file that stands there, which its holder may still have forged. Raises NotFound or Invalid."""
        ...

    def open(self, place: str, key: bytearray) -> Sealed:
        """Open a file. Raises NotFound, Invalid, or Unverified where the key or the header isn't right."""
        ...
