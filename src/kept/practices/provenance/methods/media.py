"""What a file is, by its first bytes and not by its name: media types, extensions, and how large a thing may be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from kept.errors import Invalid
from kept.practices.provenance.records import Media

EXTENSIONS = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/webp": ("webp",),
    "image/avif": ("avif",),
    "image/tiff": ("tiff", "tif"),
    "audio/wav": ("wav", "wave"),
    "audio/flac": ("flac",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a", "m4b"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
}
"""The media types that can be marked, each with its extensions, the usual one first."""

_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "audio/vorbis": "audio/ogg",
    "application/ogg": "audio/ogg",
    "video/x-m4v": "video/mp4",
}
_BY_EXTENSION = {extension: name for name, all_of_it in EXTENSIONS.items() for extension in all_of_it}

# What people try that can't be marked: its first bytes, its name, and what to do.
_UNSUPPORTED = (
    (b"GIF8", "a GIF picture", "Convert it: a still to PNG, an animation to MP4 or WebM."),
    (b"BM", "a BMP picture", "Convert it to PNG."),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture", "Convert it to PNG or AVIF."),
    (b"\xff\x0a", "a JPEG XL picture", "Convert it to PNG or AVIF."),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", "Convert it to PNG or TIFF."),
    (b"8BPS", "a Photoshop document", "Export it as PNG or TIFF."),
    (b"%PDF", "a PDF document", "Mark the pictures before they are set."),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it and mark the files in it."),
    (b"FORM", "an AIFF sound", "Convert it to WAV or FLAC."),
    (b"\x30\x26\xb2\x75", "a Windows Media file", "Convert it to MP4."),
    (b"<svg", "an SVG drawing", "Draw it as PNG."),
    (b"<?xml", "an XML document", "Draw it as PNG, if it is an SVG drawing."),
)
_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
_MOVIE_BRANDS = re.compile(rb"iso[m2-9]|mp4[12]|avc1|M4V[ HP]?|dash|mmp4|3g[p2].|f4v |MSNV|cmfc|iso\w")
_TRACK = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)
_ADTS = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_SEARCHED = 1 << 16
_BOXES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a thing may be before it is opened; `memory` is what the bare pixels of a picture may take."""

    bytes: int = 512 << 20
    pixels: int = 120_000_000
    memory: int = 720_000_000
    seconds: float = 6 * 3600.0


LIMITS = Limits()


def canonical(media_type: str) -> str:
    """The usual name of a media type, without parameters. Raises Invalid for one that can't be marked."""
    plain = media_type.partition(";")[0].strip().lower()
    name = _ALIASES.get(plain, plain)
    if name not in EXTENSIONS:
        raise Invalid(
            f"The media type {media_type[:80]!r} can't be marked.",
            code="media.type",
            hint=f"These can: {', '.join(EXTENSIONS)}.",
        )
    return name


def extension(media_type: str) -> str:
    """The usual extension of a media type, without the dot. Raises Invalid for one that can't be marked."""
    return EXTENSIONS[canonical(media_type)][0]


def of_name(name: str) -> str:
    """The media type that a file's name speaks of. Raises Invalid where its extension isn't known."""
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in _BY_EXTENSION:
        known = ", ".join(sorted(_BY_EXTENSION))
        raise Invalid(f"The name {name[-80:]!r} has no extension of a known format.", code="media.name", hint=known)
    return _BY_EXTENSION[ending]


def named(name: str) -> str | None:
    """The media type that a file's name speaks of, or None where it speaks of none that is known."""
    return _BY_EXTENSION.get(name.rpartition(".")[2].lower()) if "." in name else None


def kind(media_type: str) -> Media:
    """Whether it is an image, a sound or a video. Raises Invalid for a type that can't be marked."""
    return cast(Media, canonical(media_type).partition("/")[0])


def sniff(data: bytes) -> str:
    """The media type that the content has; a head of 64 kB is enough for all but MP4, where all of it says more.

    Raises Invalid for nothing at all, and for what can't be marked, saying what it is.
    """
    if not data:
        raise Invalid("The file is empty.", code="media.empty")
    if (found := _by_magic(data)) is not None:
        return found
    for magic, what, hint in _UNSUPPORTED:
        if data.startswith(magic):
            raise Invalid(f"This is {what}, which can't be marked.", code="media.unsupported", hint=hint)
    raise Invalid(
        "What this file is can't be told from its first bytes.",
        code="media.unknown",
        hint=f"These can be marked: {', '.join(EXTENSIONS)}.",
    )


def check(data: bytes, media_type: str, limits: Limits = LIMITS) -> str:
    """The usual name of `media_type`, where the content is what that says and is not too large.

    Raises Invalid for content that is empty, too large, mislabelled (saying what it really is) or not supported.
    """
    name = canonical(media_type)
    if len(data) > limits.bytes:
        raise Invalid(
            f"The file has {len(data):,} bytes; at most {limits.bytes:,} are read.",
            code="media.size",
            hint="Make it smaller, or raise the limit in the settings of the room.",
        )
    found = sniff(data)
    if found != name:
        raise Invalid(
            f"The content is {found}, though it is called {name}.", code="media.mislabelled", hint="Name it as it is."
        )
    return name


def measure(width: int, height: int, sample_bytes: int, limits: Limits = LIMITS) -> None:
    """Raises Invalid where a picture of so many pixels of so many bytes each is larger than may be opened."""
    if width < 1 or height < 1:
        raise Invalid(f"A picture of {width} × {height} pixels has none.", code="media.size")
    if width * height > limits.pixels or width * height * sample_bytes > limits.memory:
        raise Invalid(
            f"The picture has {width:,} × {height:,} pixels of {sample_bytes} bytes;"
            f" at most {limits.pixels:,} pixels in {limits.memory:,} bytes are opened.",
            code="media.pixels",
            hint="Make it smaller, or raise the limit in the settings of the room.",
        )


def _by_magic(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "image/tiff"
    if data[:4] in (b"RIFF", b"RF64"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    if data.startswith(b"fLaC"):
        return "audio/flac"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return _matroska(data)
    if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return _iso(data)
    return _mpeg(data)


def _matroska(data: bytes) -> str:
    """WebM is Matroska whose header says so (element DocType, 0x4282)."""
    if re.search(rb"\x42\x82.{1,8}?webm", data[:4096], re.DOTALL):
        return "video/webm"
    raise Invalid("This is Matroska, which can't be marked.", code="media.unsupported", hint="Convert it to WebM.")


def _iso(data: bytes) -> str | None:
    """What an ISO base media file (ISO/IEC 14496-12) is, by its brands and, where they don't say, by its tracks."""
    if data[4:8] != b"ftyp":
        return "video/quicktime"
    length = min(int.from_bytes(data[:4], "big"), 1024)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))]
    if _AVIF & set(brands):
        return "image/avif"
    if brands[0] in _HEIC:
        raise Invalid("This is a HEIF picture, which can't be marked.", code="media.unsupported", hint="Use AVIF.")
    if brands[0] == b"qt  ":
        return "video/quicktime"
    if brands[0] in _SOUND_BRANDS:
        return "audio/mp4"
    if any(_MOVIE_BRANDS.fullmatch(brand) for brand in brands):
        tracks = {bytes(track) for box in _movies(data) for track in _TRACK.findall(box)}
        return "audio/mp4" if tracks == {b"soun"} else "video/mp4"
    return None


def _movies(data: bytes) -> Iterator[bytes]:
    """The boxes that describe the tracks, among the first boxes of the file."""
    at = 0
    for _ in range(_BOXES):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if name == b"moov":
            yield data[at : at + size if size else None]
        if size < 8 or at + size >= len(data):
            return
        at += size


def _mpeg(data: bytes) -> str | None:
    """MP3: behind an ID3 tag or at once, a frame of layer III that another one follows where it ends."""
    at = 0
    if data.startswith(b"ID3") and len(data) >= 10:
        at = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(data[6:10]))
        if at >= len(data):
            return "audio/mpeg"
        if data[at : at + 4] == b"fLaC":
            return "audio/flac"
    if _ADTS.match(data, at):
        raise Invalid("This is a bare AAC stream, which can't be marked.", code="media.unsupported", hint="Use M4A.")
    for start in range(at, min(at + _SEARCHED, len(data) - 3)):
        if data[start] == 0xFF and (length := _frame(data, start)) and _frame(data, start + length):
            return "audio/mpeg"
        if not at and data[start] != 0:
            return None
    return None


_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _frame(data: bytes, at: int) -> int:
    """How long the MP3 frame is that starts there (ISO/IEC 11172-3, section 2.4.1.3); 0 where none does."""
    head = int.from_bytes(data[at : at + 4], "big")
    version, layer, rate, hertz = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if at + 4 > len(data) or head >> 21 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or hertz == 3:
        return 0
    first = version == 3
    samples_per_second = (44100, 48000, 32000)[hertz] >> {3: 0, 2: 1, 0: 2}[version]
    kbits = (_KBITS_1 if first else _KBITS_2)[rate]
    return (144 if first else 72) * kbits * 1000 // samples_per_second + (head >> 9 & 1)
