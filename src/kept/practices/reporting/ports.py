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


class Source(Protocol):
    """Where somebody else publishes a report."""

    async def fetch(self, where: str, *, seconds: float) -> Files:
        """The files of the report there. Raises Invalid, NotFound, Unverified or Unavailable."""
        ...


class State(Protocol):
    """What a monitor remembers between its looks."""

    def read(self, path: Path) -> bytes | None:
        """The bytes, or nothing where there are none yet. Raises Invalid or Unavailable."""
        ...

    def read_other(self, path: Path) -> bytes:
        """The bytes of what somebody else remembers. Raises NotFound, Invalid or Unavailable."""
        ...

    def write(self, path: Path, data: bytes) -> None:
        """Put the bytes there, all or none, durably. Raises Invalid or Unavailable."""
        ...
