"""What a worker does to check one file of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kept.practices.provenance.methods import media
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records import Verdict
from kept.practices.provenance.records.bulk import Outcome, Piece
from kept.practices.provenance.service.bulk.marker import media_type

# What a row of verdicts says of each file; `error` stands alone where it could not be checked.
TOLD = ("verdict", "origin", "conflicts", "model", "content_id", "p_value")


@dataclass(frozen=True, slots=True)
class Checker:
    """Tells what is known about each file."""

    places: Places
    check: Callable[[bytes, str], Verdict]

    def __call__(self, piece: Piece) -> Outcome:
        """The verdict on one file, as facts. Raises what reading and checking raise."""
        data = self.places.read(piece.source, limit=media.LIMITS.bytes)
        name = media_type(data, piece)
        document = self.check(data, name).document()
        return Outcome(piece.number, "done", {**{key: document[key] for key in TOLD}, "media_type": name})
