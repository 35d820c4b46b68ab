"""Films: marked and looked through by what opens them, a frame at a time, so that only the file is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from kept.core.reference import load
from kept.practices.provenance.methods.fingerprint import codes, film
from kept.practices.provenance.records import Detection, FingerprintFinding, MarkKey, Payload

if TYPE_CHECKING:
    from kept.practices.provenance.service.contents import Backends

STILLS = 16
"""Frames from which the content code of a film is computed, spread evenly over it."""


@dataclass(frozen=True)
class FilmContent:
    """A film, as its file."""

    data: bytes
    media_type: str
    backends: Backends

    def marked(self, payload: Payload, key: MarkKey) -> FilmContent:
        """The film with a mark in its frames and its sound. Raises Invalid for one that can't hold one."""
        data = load(self.backends["film"]["mark"])(self.data, self.media_type, payload, key)
        return FilmContent(data, self.media_type, self.backends)

    def written(self) -> bytes:
        """It as a file of its own type."""
        return self.data

    def detect(self, keys: Sequence[MarkKey], *, gate: float, full: bool = True) -> Detection | None:
        """The mark in its frames or, where those show none, in its sound."""
        found: Detection | None = load(self.backends["film"]["detect"])(
            self.data, self.media_type, keys, full=full, gate=gate
        )
        return found

    def code(self) -> str | None:
        """Its ISCC."""
        return next(iter(self._codes), None)

    def codes(self) -> tuple[str, ...]:
        """Its ISCC."""
        return self._codes

    def fingerprint(self) -> bytes | None:
        """What its frames look like, twice a second; None where none can be shown."""
        frames = load(self.backends["film"]["frames"])
        shown = iter(frames(self.data, self.media_type, every=film.EVERY))
        first = next(shown, None)
        return None if first is None else film.fingerprint(chain((first,), shown)).to_bytes()

    def compare(self, fingerprint: bytes, detection: Detection | None) -> FingerprintFinding:
        """Frame with frame, once they are put back to where they were marked."""
        frames = load(self.backends["film"]["frames"])
        seen = frames(self.data, self.media_type, every=film.SEEN_EVERY, most=film.SEEN_FRAMES)
        geometry = detection.geometry if detection else None
        found = film.compare(film.FilmFingerprint.from_bytes(fingerprint), seen, geometry)
        return FingerprintFinding(found.state, similarity=round(found.share, 4), compared=found.compared)

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        stills = load(self.backends["film"]["stills"])(self.data, self.media_type, STILLS)
        return (codes.video_code(stills),) if stills else ()


def open_film(data: bytes, media_type: str, backends: Backends) -> FilmContent:
    """A film; what is wrong with it shows when it is marked or looked through."""
    return FilmContent(data, media_type, backends)
