"""Pictures: marked and looked through as arrays of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kept.core.reference import load
from kept.practices.provenance.methods.fingerprint import codes, picture
from kept.practices.provenance.methods.image import detect, embed
from kept.practices.provenance.records import Detection, FingerprintFinding, MarkKey, Payload

if TYPE_CHECKING:
    from kept.practices.provenance.methods.picture import Picture
    from kept.practices.provenance.service.contents import Backends


@dataclass(frozen=True)
class PictureContent:
    """A decoded picture."""

    picture: Picture
    backends: Backends

    def marked(self, payload: Payload, key: MarkKey) -> PictureContent:
        """The picture with a mark in its pixels. Raises Invalid for one that is too small."""
        return PictureContent(self.picture.having(embed(self.picture.pixels, payload, key)), self.backends)

    def written(self) -> bytes:
        """It as a file of its own type."""
        data: bytes = load(self.backends["picture"]["write"])(self.picture, self.picture.media_type)
        return data

    def detect(self, keys: Sequence[MarkKey], *, gate: float, full: bool = True) -> Detection | None:
        """The mark in its pixels."""
        return detect(self.picture.pixels, keys, full=full, gate=gate)

    def code(self) -> str | None:
        """Its ISCC."""
        return codes.image_code(self.picture.pixels)

    def codes(self) -> tuple[str, ...]:
        """Its ISCC, and that of its mirror image."""
        return self._codes

    def fingerprint(self) -> bytes | None:
        """Where it grows brighter and darker, cell by cell."""
        return picture.fingerprint(self.picture.pixels).to_bytes()

    def compare(self, fingerprint: bytes, detection: Detection | None) -> FingerprintFinding:
        """Cell with cell, once the picture is put back to where it was marked."""
        geometry = detection.geometry if detection else None
        found = picture.compare(picture.PictureFingerprint.from_bytes(fingerprint), self.picture.pixels, geometry)
        return FingerprintFinding(found.state, similarity=round(found.share, 4), compared=found.compared)

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        pixels = self.picture.pixels
        return codes.image_code(pixels), codes.image_code(pixels[:, ::-1])


def open_picture(data: bytes, media_type: str, backends: Backends) -> PictureContent:
    """Decode a picture."""
    return PictureContent(load(backends["picture"]["read"])(data, media_type), backends)
