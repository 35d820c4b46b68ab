"""Marks: what was published or cosigned last, kept outside the workspace, where no backup of it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from kept.core import canonical, durable
from kept.core.context import format_time
from kept.core.note import NOTE_LIMIT, Checkpoint, Note
from kept.core.tiles import unreadable
from kept.errors import Invalid, Unverified


@dataclass(frozen=True, slots=True)
class Mark:
    """The last note that was published, or cosigned for another log, and when, by a clock that never runs backwards.

    `clock_behind_seconds` says by how much the clock stood behind the mark before it, where it did.
    """

    note: Note
    time: datetime
    clock_behind_seconds: int = 0

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.parse(self.note.text)

    def write(self, path: Path) -> None:
        """Replace the mark durably."""
        content = {
            "clock_behind_seconds": self.clock_behind_seconds,
            "note": self.note.to_bytes().decode(),
            "time": format_time(self.time),
            "version": 1,
        }
        durable.write(path, canonical.encode({**content, "checksum": _checksum(content)}))

    @classmethod
    def read(cls, path: Path) -> Mark | None:
        """The mark, or None where there is none on this machine yet. Raises Unverified when it is damaged."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        try:
            content = canonical.decode(data, limit=2 * NOTE_LIMIT, what=str(path))
            if content.pop("checksum") != _checksum(content) or content["version"] != 1:
                raise Invalid(f"The checksum of {path} is wrong.")
            mark = cls(
                Note.parse(content["note"].encode()),
                datetime.fromisoformat(content["time"]),
                content["clock_behind_seconds"],
            )
            Checkpoint.parse(mark.note.text)
        except (Invalid, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unverified(
                f"The high-water mark {path} is damaged, so nothing is signed on this machine for its log.",
                code="ledger.mark-damaged",
                hint="Restore it, or compare the log with what its witnesses hold before you remove it.",
            ) from error
        return mark


def _checksum(content: dict[str, object]) -> str:
    return sha256(canonical.encode(content)).hexdigest()
