"""What the room needs from outside: a peer's server, which a backend reaches, and who replays a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kept.core.replay import Prepared, Replayed, Script, Terms, Told, nobody


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """A collection as its server tells of it; `url` ends with a slash, and a request has at most `longest` bytes."""

    id: str
    url: str
    title: str
    can_read: bool
    can_write: bool
    longest: int = 1_000_000


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

    async def standing(self, collection: str, ids: Sequence[str]) -> Sequence[object]:
        """All versions of the objects with these ids that a collection has, as far as a few pages hold them."""
        ...

    async def bring(self, collection: str, objects: Sequence[bytes]) -> dict[str, object]:
        """Send objects; the status, once nothing of it is pending."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class Replayer(Protocol):
    """Says a script to a registered model again and judges what it answers; the red-team room offers it."""

    async def prepare_replay(self, model: str, terms: Terms) -> Prepared:
        """The model's identity and the judge with what is known of its errors; nothing is asked.

        Raises NotFound for a model that kept.toml doesn't name, and Invalid for terms that can't be.
        """
        ...

    async def replay(
        self, model: str, script: Script, terms: Terms, *, numbers: Sequence[int], told: Told = nobody
    ) -> Replayed:
        """Make the attempts `numbers` (0 to 999), one after another; `told` hears of each as soon as it is judged.

        Raises as `prepare_replay` does, and Unavailable where nothing can be asked or a budget is spent.
        """
        ...
