"""What this room needs from outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from kept.practices.red_team.records import Labels


class LabelFiles(Protocol):
    """Reads the label sets that people made, and writes what they are to label."""

    def read(self, path: Path, *, sha256: str = "") -> Labels:
        """The label set in a file. Raises NotFound, Unavailable, Unverified (another digest) or Invalid."""
        ...

    def write(self, path: Path, items: Sequence[Mapping[str, Any]]) -> str:
        """Write items without labels into a new file; its SHA-256 in hex. Raises Conflict or Unavailable."""
        ...
