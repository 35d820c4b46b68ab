"""What this room needs from outside."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from kept.practices.provenance.records.bulk import Found, Outcome, Piece, Work


class IndexFiles(Protocol):
    """Keeps arrays that can be computed again, so that a new process need not."""

    def load(self, name: str) -> Mapping[str, NDArray[Any]] | None:
        """The arrays kept under a name, read as they are needed; None where none can be read."""
        ...

    def save(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays in place of those before; whoever has those loaded may go on with them. Raises Unavailable."""
        ...

    def drop(self, name: str) -> None:
        """Forget what is kept under a name, if anything is."""
        ...


class Engine(Protocol):
    """Runs a bulk job on workers: processes of this machine, or a cluster's."""

    def run(self, work: Work, pieces: Iterable[Piece], *, workers: int, on: str) -> Iterator[Outcome]:
        """One outcome for each piece, in the order in which they end; pieces are taken as workers come free.

        A worker that dies is replaced and its piece tried again, up to twice; then the piece has failed. So has one for
        which a worker took longer than the work allows: that worker is ended and replaced. `on` is the engine's
        address. Raises what the work raises at its opening, and Unavailable where no worker stays alive.
        """
        ...


class Places(Protocol):
    """Where files are read and put, by path or URL."""

    def absolute(self, place: str) -> str:
        """The place, whatever folder one stands in. Raises Invalid."""
        ...

    def find(self, pattern: str, *, without: str = "") -> Iterator[Found]:
        """What a pattern means, in the order of names, but for what is at or below `without`.

        Raises NotFound where its folder is missing, Invalid and Unavailable.
        """
        ...

    def exists(self, place: str) -> bool:
        """Whether anything stands there. Raises Unavailable."""
        ...

    def read(self, place: str, *, limit: int, named: bool = False) -> bytes:
        """All that is there. Raises NotFound, Unavailable, or Invalid for more than `limit` bytes.

        A link, and what is no plain file, is read only where a person `named` it.
        """
        ...

    def stage(self, place: str, data: bytes, *, within: str, tag: str) -> None:
        """Put data beside a place, durably, under a name that `tag` makes its own. Raises Unavailable or Denied."""
        ...

    def publish(self, place: str, *, tag: str) -> bool:
        """Let what was staged take its place, whole; False where nothing is staged. Raises Unavailable."""
        ...

    def put(self, place: str, data: bytes) -> None:
        """Put data there at once, whole. Raises Unavailable, or NotFound where its folder is missing."""
        ...

    def same(self, one: str, other: str) -> bool:
        """Whether both name one file, as far as their places can tell."""
        ...
