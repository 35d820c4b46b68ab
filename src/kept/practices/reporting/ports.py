"""What this room needs from outside."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from kept.practices.reporting.records import Files


class Outcomes(Protocol):
    """Gives out a campaign's public outcome records; the red-team room offers it."""

    def outcomes(self, campaign: str) -> bytes:
        """The canonical JSON lines whose SHA-256 the campaign's result commits to. Raises NotFound."""
        ...


class Folder(Protocol):
    """Where reports are written and read."""

    def read(self, folder: Path) -> Files:
        """Every regular file within the limits. Raises NotFound where there is no folder."""
        ...

    def claim(self, folder: Path) -> None:
        """Refuse a place that must not be replaced. Raises Conflict."""
        ...

    def write(self, folder: Path, contents: Mapping[str, bytes]) -> None:
        """Put the files there, all or none. Raises Conflict, Invalid (a name) or Unavailable (the disk)."""
        ...


class Format(Protocol):
    """Renders a report, deterministically, into files by name."""

    def render(self, report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
        """The files made from `report`, whose canonical bytes are `encoded`."""
        ...
