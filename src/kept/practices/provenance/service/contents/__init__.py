"""What every kind of media can do, behind one small face: be marked, be looked through for a mark, be compared.

`open_content` reads content once; everything that follows works on what was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kept.core.reference import load
from kept.errors import Unavailable
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import Detection, FingerprintFinding, MarkKey, Media, Payload

Backends = Mapping[str, Mapping[str, str]]

OPENERS: Mapping[Media, str] = {
    "image": "kept.practices.provenance.service.contents.pictures:open_picture",
    "audio": "kept.practices.provenance.service.contents.sounds:open_sound",
    "video": "kept.practices.provenance.service.contents.films:open_film",
}
"""By kind: `open_x(data, media_type, backends) -> Content`."""


class Content(Protocol):
    """One piece of content that was read."""

    def marked(self, payload: Payload, key: MarkKey) -> Content:
        """The same content with a mark in it. Raises Invalid for what can't hold one."""
        ...

    def written(self) -> bytes:
        """It as a file of the type that it was read as."""
        ...

    def detect(self, keys: Sequence[MarkKey], *, gate: float, full: bool = True) -> Detection | None:
        """The mark in it, or None; without `full`, only one that nothing was done to."""
        ...

    def code(self) -> str | None:
        """Its content code (ISCC), or None where it has none."""
        ...

    def codes(self) -> tuple[str, ...]:
        """The content codes by which it may be found: its own first; none where it has none."""
        ...

    def fingerprint(self) -> bytes | None:
        """What it looks or sounds like, in detail, for `compare`; None where it can't be said."""
        ...

    def compare(self, fingerprint: bytes, detection: Detection | None) -> FingerprintFinding:
        """How it compares with a fingerprint, once the geometry of a detection is undone."""
        ...


def open_content(data: bytes, media_type: str, backends: Backends) -> Content:
    """The content in the data; `media_type` is one that `methods.media.check` gave.

    Raises Invalid for what is damaged or of a kind that isn't supported, and Unavailable where a package is missing.
    """
    found: Content = _loaded(OPENERS[media.kind(media_type)])(data, media_type, backends)
    return found


def _loaded(reference: str) -> Any:
    try:
        return load(reference)
    except Unavailable as error:
        raise Unavailable(
            error.message, code=error.code, hint="Install the extra: pip install 'kept[provenance]'."
        ) from error
