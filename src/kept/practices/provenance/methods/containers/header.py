"""What is known of a picture before it is decoded."""

import struct
import zlib
from dataclasses import dataclass, field

from kept.errors import Invalid

MOST_PROFILE = 16 << 20
"""The largest colour profile or metadata block that is carried along, in bytes."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What a picture carries beside its pixels, as opaque bytes: it is copied and never read for its meaning.

    `colour` is how the samples are to be understood where that isn't a profile: colour primaries and transfer
    characteristics by the numbers of ITU-T H.273. `chunks` are chunks of a PNG that say the same in its own words.
    """

    icc: bytes | None = field(default=None, repr=False)
    exif: bytes | None = field(default=None, repr=False)
    xmp: bytes | None = field(default=None, repr=False)
    colour: tuple[int, int] | None = None
    chunks: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """A picture as its container describes it.

    `orientation` is that of EXIF (CIPA DC-008, tag 0x0112), 1 where the pixels stand as they should. `quality` is an
    estimate from 1 to 100 of what it was written with, `halved` whether colour has half the resolution.
    """

    width: int
    height: int
    channels: int
    depth: int
    orientation: int = 1
    quality: int | None = None
    halved: bool = False
    lossless: bool = False
    attached: Attached = Attached()
    notes: tuple[str, ...] = ()

    @property
    def sample_bytes(self) -> int:
        """How many bytes a pixel takes when it is decoded."""
        return self.channels * (1 if self.depth <= 8 else 2)


def broken(what: str, why: str, hint: str = "Send the whole file as it was made.") -> Invalid:
    """The error for a picture that doesn't hold together."""
    return Invalid(f"The {what} picture {why}.", code="picture.damaged", hint=hint)


def animated(what: str) -> Invalid:
    """The error for a picture that moves."""
    return Invalid(
        f"The {what} picture is animated, and its frames would be lost.",
        code="picture.animated",
        hint="Convert it to MP4 or WebM and mark it as a video.",
    )


def unsupported(what: str, why: str, hint: str) -> Invalid:
    """The error for a picture that is sound but of a kind that isn't marked."""
    return Invalid(f"The {what} picture {why}.", code="picture.unsupported", hint=hint)


def inflate(data: bytes) -> bytes | None:
    """What was deflated, or None where it isn't sound or is larger than a profile may be."""
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(data, MOST_PROFILE)
    except zlib.error:
        return None
    return found if unpacking.eof else None


def unpack(layout: str, data: bytes, at: int, what: str) -> tuple[int, ...]:
    """Whole numbers at an offset. Raises Invalid where the data end before."""
    if at < 0 or at + struct.calcsize(layout) > len(data):
        raise broken(what, "ends too early")
    return struct.unpack_from(layout, data, at)
