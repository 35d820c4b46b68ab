"""What this room needs from outside."""

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray


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
