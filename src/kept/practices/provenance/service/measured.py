"""What is measured of each kind of media: how a piece comes to be, is marked, attacked and looked through."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from kept.core.reference import load
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import Detection, MarkKey, Payload

if TYPE_CHECKING:
    from kept.practices.provenance.methods.sound.decoded import Sound

Backends = Mapping[str, Mapping[str, str]]
_METHODS = "kept.practices.provenance.methods"
ATTACKS = {"image": f"{_METHODS}.attacks.pictures:ATTACKS", "audio": f"{_METHODS}.attacks.sounds:ATTACKS"}


class Measured(Protocol):
    """One kind of media; a piece is pixels, or a sound."""

    attacks: Mapping[str, Any]

    def drawn(self, seed: int) -> Any:
        """A piece that stands in for what a model makes."""
        ...

    def opened(self, data: bytes) -> Any:
        """The piece in a file. Raises Invalid."""
        ...

    def attacked(self, piece: Any, payload: Payload, key: MarkKey, attack: str, *, seed: int) -> Any:
        """The piece, marked and then attacked. Raises Invalid for one that can't be marked."""
        ...

    def found(self, piece: Any, key: MarkKey, *, gate: float) -> Detection | None:
        """The mark in a piece."""
        ...

    def digest(self, piece: Any) -> str:
        """The SHA-256 of its samples, in hex."""
        ...


class Pictures:
    """Pixels in RGB, 8 bits."""

    def __init__(self, backends: Backends) -> None:
        self.attacks: Mapping[str, Any] = load(ATTACKS["image"])
        self._backends = backends
        self._embed, self._detect = (load(f"{_METHODS}.image:{name}") for name in ("embed", "detect"))

    def drawn(self, seed: int) -> Any:
        """A picture of clouds, discs and bars."""
        return load(f"{_METHODS}.standins:picture")(seed)

    def opened(self, data: bytes) -> Any:
        """The pixels of a file."""
        decoded = load(self._backends["picture"]["read"])(data, media.sniff(data))
        return load(f"{_METHODS}.picture:as_rgb")(decoded.pixels)

    def attacked(self, piece: Any, payload: Payload, key: MarkKey, attack: str, *, seed: int) -> Any:
        """Pixels."""
        return self.attacks[attack](self._embed(piece, payload, key), seed)

    def found(self, piece: Any, key: MarkKey, *, gate: float) -> Detection | None:
        """The mark in pixels."""
        found: Detection | None = self._detect(piece, [key], gate=gate)
        return found

    def digest(self, piece: Any) -> str:
        """Of the pixels."""
        return hashlib.sha256(piece.tobytes()).hexdigest()


class Sounds:
    """Decoded sounds."""

    def __init__(self, backends: Backends) -> None:
        self.attacks: Mapping[str, Any] = load(ATTACKS["audio"])
        self._backends = backends
        self._embed, self._detect = (load(f"{_METHODS}.sound:{name}") for name in ("embed", "detect"))

    def drawn(self, seed: int) -> Sound:
        """Eight seconds of chords."""
        found: Sound = load(f"{_METHODS}.sound.decoded:Sound")(load(f"{_METHODS}.standins:sound")(seed), 44_100, "")
        return found

    def opened(self, data: bytes) -> Sound:
        """The sound in a file."""
        found: Sound = load(self._backends["sound"]["read"])(data, media.sniff(data))
        return found

    def attacked(self, piece: Sound, payload: Payload, key: MarkKey, attack: str, *, seed: int) -> Sound:
        """Samples at the same rate."""
        marked = self._embed(piece.samples, piece.rate, payload, key)
        return piece.having(self.attacks[attack](marked, piece.rate, seed))

    def found(self, piece: Sound, key: MarkKey, *, gate: float) -> Detection | None:
        """The mark in samples."""
        found: Detection | None = self._detect(piece.samples, piece.rate, [key], gate=gate)
        return found

    def digest(self, piece: Sound) -> str:
        """Of the samples."""
        return hashlib.sha256(piece.samples.tobytes()).hexdigest()


KINDS: Mapping[str, Callable[[Backends], Measured]] = {"image": Pictures, "audio": Sounds}
