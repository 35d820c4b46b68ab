"""What this room needs from outside."""

from pathlib import Path
from typing import Protocol

from kept.practices.red_team.records import Labels


class LabelReader(Protocol):
    """Reads the label sets that people made."""

    def read(self, path: Path, *, sha256: str = "") -> Labels:
        """The label set in a file. Raises NotFound, Unavailable, Unverified (another digest) or Invalid."""
        ...
