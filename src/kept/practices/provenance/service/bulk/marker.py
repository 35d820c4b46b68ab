"""What a worker does to mark one file of a job: nothing twice, and nothing half."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, Protocol

from sqlalchemy import Row

from kept.errors import Conflict
from kept.practices.provenance.methods import media
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records import Registration, content_id
from kept.practices.provenance.records.bulk import Outcome, Piece
from kept.practices.provenance.service.bulk.journal import Journal, Run
from kept.practices.provenance.service.registry import Registry


class Make(Protocol):
    """Marks content and registers it, under the first content id that `draw` gives and that nobody took."""

    def __call__(self, data: bytes, media_type: str, maker: str, draw: Callable[[], int]) -> tuple[bytes, Registration]:
        """What came out, and as what it was registered, durably."""
        ...


@dataclass(frozen=True, slots=True)
class Marker:
    """Marks the files of one run into the folder `out`, as made by `model` (its id).

    1. The file is read, and its digest compared with what the journal says of it.
    2. Its content id is drawn and written down, then the content marked and registered under it.
    3. The output is put beside its place, which is written down, and then takes its place.

    A run that is cut off after 2 leaves an entry of content that nobody has: it is withdrawn, and another id drawn. One
    that is cut off after 3 is found to be done.
    """

    places: Places
    journal: Journal
    registry: Registry
    make: Make
    run: Run
    out: str
    model: str
    overwrite: bool = False

    def __call__(self, piece: Piece) -> Outcome:
        """The outcome for one file.

        Raises Conflict for a file or an output that is other than it was, and what reading, marking and writing raise.
        """
        data = self.places.read(piece.source, limit=media.LIMITS.bytes)
        digest = sha256(data).digest()
        row = self.journal.piece(self.run.job, piece.source)
        standing = self._standing(piece, row, digest)
        if standing is not None:
            return standing
        made, registration = self.make(data, media_type(data, piece), self.model, self._draws(piece, row, digest))
        output = sha256(made).digest()
        facts = {
            "media_type": registration.media_type,
            "model": registration.model,
            "key_id": registration.key_id,
            "content_id": content_id(registration.content),
            "sha256": output.hex(),
        }
        self.places.stage(piece.target, made, within=self.out, tag=self.run.job)
        self.journal.stage(self.run, piece, output=output, facts=facts)
        self.places.publish(piece.target, tag=self.run.job)
        return Outcome(piece.number, "done", facts)

    def _standing(self, piece: Piece, row: Row[Any] | None, digest: bytes) -> Outcome | None:
        """The outcome where an earlier run came to one, or None. Raises Conflict for what must not be replaced."""
        finished = row is not None and row.state in ("staged", "done")
        if row is not None and finished and row.input == digest:
            if row.state == "staged" and self.places.publish(piece.target, tag=self.run.job):
                return _told(piece, row, "done")
            if self.places.exists(piece.target):
                if sha256(self.places.read(piece.target, limit=2 * media.LIMITS.bytes)).digest() == row.output:
                    return _told(piece, row, "skipped" if row.state == "done" else "done")
                self._refuse(piece, "was changed since it was written")
        elif finished and not self.overwrite:
            raise Conflict(
                f"{piece.source} was marked, and has changed since.",
                code="bulk.changed",
                hint="--overwrite marks it anew.",
            )
        elif self.places.exists(piece.target):
            self._refuse(piece, "exists already")
        return None

    def _refuse(self, piece: Piece, why: str) -> None:
        if not self.overwrite:
            raise Conflict(f"{piece.target} {why}.", code="bulk.exists", hint="Move it away, or --overwrite.")

    def _draws(self, piece: Piece, row: Row[Any] | None, digest: bytes) -> Callable[[], int]:
        """Content ids to mark under, each written down before it is used: at first one that an earlier run drew."""
        held: list[int] = []
        if row is not None and row.content is not None and row.state in ("claimed", "failed"):
            if self.registry.get(row.content) is not None:
                # Registered, and cut off before it was handed out: nobody has what the entry is about.
                self.registry.withdraw(row.content)
            elif row.input == digest:
                held.append(row.content)

        def draw() -> int:
            content = held.pop() if held else self.registry.draw()
            self.journal.claim(self.run, piece, digest=digest, content=content)
            return content

        return draw


def _told(piece: Piece, row: Row[Any], state: Literal["done", "skipped"]) -> Outcome:
    facts: Mapping[str, Any] = json.loads(row.facts)
    return Outcome(piece.number, state, facts)


def media_type(data: bytes, piece: Piece) -> str:
    """What a file is by its name, else by its first bytes."""
    return media.named(piece.source) or media.sniff(data)
