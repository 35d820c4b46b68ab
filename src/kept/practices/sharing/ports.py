"""What the room needs of a peer's server: backends implement it, and nothing of another room does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """A collection as its server tells of it; `url` ends with a slash."""

    id: str
    url: str
    title: str
    can_read: bool
    can_write: bool


@dataclass(frozen=True, slots=True)
class RemotePage:
    """Objects as they were answered, and where to go on: `next` as the server gave it, `last` when the last was added.

    Both are "" where the server said nothing.
    """

    objects: tuple[object, ...]
    more: bool
    next: str
    last: str


class Remote(Protocol):
    """A TAXII server of a peer. Everything raises Unavailable, Denied, NotFound or Invalid."""

    async def collections(self) -> Sequence[RemoteCollection]:
        """Every collection of every API root that may be asked."""
        ...

    async def page(self, collection: str, *, added_after: str, next: str, limit: int) -> RemotePage:
        """A page of all versions of all objects."""
        ...

    async def bring(self, collection: str, objects: Sequence[bytes]) -> dict[str, object]:
        """Send objects; the status, once nothing of it is pending."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
