"""Content codes of ISO 24138 (ISCC), 256 bits each, of which the first 64 serve to look content up.

`iscc_lib` computes and reads them; it comes with the extra `provenance` and is loaded at the first use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.methods.fingerprint.chroma import chroma_features
from kept.practices.provenance.methods.fingerprint.frames import frame_signature
from kept.practices.provenance.methods.fingerprint.thumbnail import thumbnail
from kept.practices.provenance.records import Media

BITS = 256
# The standard's subtypes of a content code.
MEDIA: dict[Media, int] = {"image": 1, "audio": 2, "video": 3}
_KINDS = {number: kind for kind, number in MEDIA.items()}
_CONTENT = 2
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ContentCode:
    """A content code that was read: of what it is, and its first 64 bits as a number."""

    kind: Media
    number: int

    def distance(self, other: "ContentCode") -> int:
        """In how many of the 64 bits they differ."""
        return (self.number ^ other.number).bit_count()


def image_code(pixels: NDArray[Any]) -> str:
    """The ISCC of a picture: uint8 or uint16, H x W, H x W x 3 (RGB) or H x W x 4 (RGBA), oriented as it is shown."""
    return str(_iscc().gen_image_code_v0(thumbnail(pixels).tobytes(), bits=BITS)["iscc"])


def audio_code(samples: NDArray[Any], rate: int) -> str:
    """The ISCC of a sound: samples in -1 to 1, [n] or [n, channels], at `rate` Hz, of which the first 2 h count."""
    return str(_iscc().gen_audio_code_v0(chroma_features(samples, rate).tolist(), bits=BITS)["iscc"])


def video_code(frames: Sequence[NDArray[Any]]) -> str:
    """The ISCC of a video from frames taken evenly from it, each as `image_code` takes it.

    The frame signatures are of this project's own making (see `frames`), so that the code is not that of a tool that
    extracts those of MPEG-7. Raises Invalid where there is no frame.
    """
    if not frames:
        raise Invalid("A video without a frame has no content code.", code="fingerprint.empty")
    signatures = [frame_signature(frame).tolist() for frame in frames]
    return str(_iscc().gen_video_code_v0(signatures, bits=BITS)["iscc"])


def read_code(iscc: str) -> ContentCode:
    """Read the ISCC of a picture, a sound or a video, of 64 bits or more. Raises Invalid for anything else."""
    try:
        if len(iscc) > _LONGEST:
            raise ValueError("it is too long")
        main, kind, _version, _length, body = _iscc().iscc_decode(iscc)
    except ValueError as error:
        raise Invalid(f"{iscc[:_LONGEST]!r} is not an ISCC: {error}.", code="fingerprint.iscc") from error
    if int(main) != _CONTENT or int(kind) not in _KINDS or len(body) < 8:
        raise Invalid(
            f"{iscc!r} is not the content code of a picture, a sound or a video.",
            code="fingerprint.iscc",
            hint="It must begin with ISCC:EE, ISCC:EI or ISCC:EM and have 64 bits or more.",
        )
    return ContentCode(_KINDS[int(kind)], int.from_bytes(body[:8]))


def _iscc() -> ModuleType:
    try:
        import iscc_lib
    except ImportError as error:
        raise Unavailable(
            "Content codes are computed by iscc-lib, which isn't installed.",
            code="fingerprint.no-iscc",
            hint="pip install 'kept[provenance]'",
        ) from error
    return iscc_lib
