"""Sounds: marked and looked through as arrays of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kept.core.reference import load
from kept.practices.provenance.methods.fingerprint import codes
from kept.practices.provenance.methods.fingerprint import sound as fingerprints
from kept.practices.provenance.methods.sound import detect, embed
from kept.practices.provenance.records import Detection, FingerprintFinding, MarkKey, Payload

if TYPE_CHECKING:
    from kept.practices.provenance.methods.sound.decoded import Sound
    from kept.practices.provenance.service.contents import Backends


@dataclass(frozen=True)
class SoundContent:
    """A decoded sound."""

    sound: Sound
    backends: Backends

    def marked(self, payload: Payload, key: MarkKey) -> SoundContent:
        """The sound with a mark in it. Raises Invalid for one that can't hold a mark."""
        return SoundContent(self.sound.having(embed(self.sound.samples, self.sound.rate, payload, key)), self.backends)

    def written(self) -> bytes:
        """It as a file of its own type."""
        data: bytes = load(self.backends["sound"]["write"])(self.sound, self.sound.media_type)
        return data

    def detect(self, keys: Sequence[MarkKey], *, gate: float, full: bool = True) -> Detection | None:
        """The mark in it, at any offset; without `full`, only at its own speed."""
        return detect(self.sound.samples, self.sound.rate, keys, full=full, gate=gate)

    def code(self) -> str | None:
        """Its ISCC."""
        return next(iter(self._codes), None)

    def codes(self) -> tuple[str, ...]:
        """Its ISCC."""
        return self._codes

    def fingerprint(self) -> bytes | None:
        """How the balance of its bands changes."""
        return fingerprints.fingerprint(self.sound.samples, self.sound.rate).to_bytes()

    def compare(self, fingerprint: bytes, detection: Detection | None) -> FingerprintFinding:
        """Frame with frame, once the speed that the mark shows is undone."""
        stored = fingerprints.SoundFingerprint.from_bytes(fingerprint)
        speed = detection.speed if detection else 1.0
        found = fingerprints.compare(stored, self.sound.samples, self.sound.rate, speed=speed)
        return FingerprintFinding(found.state, similarity=round(found.share, 4), compared=found.compared)

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        return (codes.audio_code(self.sound.samples, self.sound.rate),)


def open_sound(data: bytes, media_type: str, backends: Backends) -> SoundContent:
    """Decode a sound."""
    return SoundContent(load(backends["sound"]["read"])(data, media_type), backends)
