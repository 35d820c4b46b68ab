"""What a witness remembers of other organisations' logs: one marked file for each, outside the workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from kept.core import durable
from kept.core.ledger.mark import Mark
from kept.core.witness import Held, Slot


@dataclass(frozen=True, slots=True)
class FileMemory:
    """Places in a folder; each is locked while it is open, against threads and processes."""

    folder: Path

    @contextmanager
    def open(self, origin: str) -> Iterator[Slot]:
        """The place of a log, locked."""
        name = sha256(origin.encode()).hexdigest()
        with durable.locked(self.folder / f"{name}.lock"):
            yield _FileSlot(self.folder / f"{name}.json")


@dataclass(frozen=True, slots=True)
class _FileSlot:
    path: Path

    def read(self) -> Held | None:
        """What is held. Raises Unverified when it is damaged."""
        mark = Mark.read(self.path)
        return Held(mark.note, int(mark.time.timestamp())) if mark else None

    def write(self, held: Held) -> None:
        """Replace it; durable on return."""
        Mark(held.note, datetime.fromtimestamp(held.time, UTC)).write(self.path)
