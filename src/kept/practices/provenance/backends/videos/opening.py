"""Opens a film by FFmpeg (PyAV): its format is the one that its first bytes show, and nothing else is ever fetched."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from types import ModuleType
from typing import Any, BinaryIO

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.methods import media

Source = BinaryIO | Path | bytes
FORMATS = {"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm"}
_READERS = {"video/mp4": "mov", "video/quicktime": "mov", "video/webm": "matroska"}
_HEAD = 1 << 20
_MOST_OF_A_MOVIE_BOX = 64 << 20
_MOST_PIXELS = 40_000_000
"""Of a frame: 8K has 33 million."""
_MOST_BOXES = 4096
_PROTECTED = re.compile(rb"stsd\0\0\0\0.{8}(encv|enca|drmi|drms)", re.DOTALL)
_WHOLE = "Send the whole file as it was made."


@dataclass(slots=True)
class Film:
    """An open film: its picture and sound streams, how long it lasts in seconds, and what won't be kept of it."""

    container: Any
    video: Any
    audio: Any | None
    seconds: float
    bytes: int
    notes: list[str]

    @property
    def rate(self) -> float:
        """Frames per second, about."""
        return float(self.video.average_rate or self.video.guessed_rate or 25)

    @property
    def sound(self) -> Any:
        """Its sound stream. Raises ValueError where it has none, which `audio` tells."""
        if self.audio is None:
            raise ValueError("the film has no sound")
        return self.audio


def pyav() -> ModuleType:
    """PyAV. Raises Unavailable where it isn't installed."""
    try:
        import av
    except ImportError as error:
        raise Unavailable(
            "Films are read and written by PyAV, which isn't installed.",
            code="video.av",
            hint="Install the extra: pip install 'kept[provenance]'.",
        ) from error
    return av


@contextmanager
def opened(source: Source, media_type: str, limits: media.Limits = media.LIMITS) -> Iterator[Film]:
    """The film in a file. What FFmpeg refuses within the block is raised as Invalid.

    Raises Invalid for what is mislabelled, encrypted, cut off, too large or too long, or holds no moving picture.
    """
    av = pyav()
    with _stream(source) as stream, damaged(av):
        name = media.check(stream.read(_HEAD), media_type)
        if name not in FORMATS:
            raise Invalid(f"{name} is no film.", code="video.type")
        size = stream.seek(0, 2)
        if size > limits.bytes:
            raise Invalid(
                f"The film has {size:,} bytes; at most {limits.bytes:,} are read.",
                code="media.size",
                hint="Cut it, or raise the limit in the settings of the room.",
            )
        _uncut(stream, name, size)
        stream.seek(0)
        with av.open(stream, "r", format=_READERS[name], metadata_errors="replace") as container:
            yield _film(container, size, limits)


@contextmanager
def local(source: Source) -> Iterator[Path | bytes]:
    """The same film where it can be opened twice: a stream is copied into a temporary file."""
    if isinstance(source, Path | bytes):
        yield source
        return
    with tempfile.NamedTemporaryFile(prefix="kept-film-") as copy:
        source.seek(0)
        copyfileobj(source, copy)
        copy.flush()
        yield Path(copy.name)


@contextmanager
def damaged(av: ModuleType) -> Iterator[None]:
    """Turns what FFmpeg says of a file into the project's own error."""
    try:
        yield
    except av.FFmpegError as error:
        raise Invalid(f"The film can't be read: {error.strerror}.", code="video.damaged", hint=_WHOLE) from error


@contextmanager
def _stream(source: Source) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        source.seek(0)
        yield source


def _film(container: Any, size: int, limits: media.Limits) -> Film:
    pictures = [each for each in container.streams.video if not _is_cover(each)]
    if not pictures:
        raise Invalid("The film holds no moving picture.", code="video.empty", hint="Mark it as a sound.")
    sounds = [each for each in container.streams.audio if each.codec_context and each.codec_context.sample_rate]
    video, audio = pictures[0], sounds[0] if sounds else None
    if any("enc_key_id" in each.metadata for each in container.streams):
        raise _encrypted()
    context = video.codec_context
    if context is None or not context.width or not context.height or not context.pix_fmt:
        raise Invalid("The film's picture can't be read.", code="video.damaged", hint=_WHOLE)
    if context.width * context.height > _MOST_PIXELS:
        raise Invalid(
            f"The film has frames of {context.width:,} × {context.height:,} pixels.",
            code="media.pixels",
            hint=f"Use frames of {_MOST_PIXELS:,} pixels at most.",
        )
    seconds = container.duration / 1e6 if container.duration else float((video.duration or 0) * video.time_base)
    if seconds > limits.seconds:
        raise Invalid(
            f"The film lasts {seconds:,.0f} s; at most {limits.seconds:,.0f} are read.",
            code="media.duration",
            hint="Cut it, or raise the limit in the settings of the room.",
        )
    # Frames are decoded ahead while others are marked.
    video.thread_type = "AUTO"
    others = len(container.streams) - 1 - (audio is not None)
    notes = [f"dropped streams (subtitles, data, cover pictures, further tracks): {others}"] if others else []
    return Film(container, video, audio, seconds, size, notes)


def _is_cover(stream: Any) -> bool:
    return "attached_pic" in str(stream.disposition).lower()


def _uncut(stream: BinaryIO, name: str, size: int) -> None:
    """Raises Invalid where the file ends before its own lengths say so, or is encrypted."""
    if name == "video/webm":
        stream.seek(0)
        head = stream.read(4096)
        found = re.search(rb"\x18\x53\x80\x67", head)
        if found is None:
            raise Invalid("The film is damaged: it has no segment.", code="video.damaged", hint=_WHOLE)
        first = head[found.end()] if found.end() < len(head) else 0
        width = 9 - first.bit_length() if first else 0
        length = int.from_bytes(head[found.end() : found.end() + width], "big") & ((1 << 7 * width) - 1)
        # All ones: a live recording, whose length isn't known.
        if width and length != (1 << 7 * width) - 1 and found.end() + width + length > size:
            raise Invalid("The film is cut off.", code="video.damaged", hint=_WHOLE)
        return
    at, movie = 0, False
    for _ in range(_MOST_BOXES):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            break
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - at
        if length < 8 or at + length > size:
            raise Invalid("The film is cut off.", code="video.damaged", hint=_WHOLE)
        if kind == b"moov":
            movie = True
            stream.seek(at)
            if _PROTECTED.search(stream.read(min(length, _MOST_OF_A_MOVIE_BOX))):
                raise _encrypted()
        at += length
    if not movie:
        raise Invalid("The film is cut off: it doesn't say what its tracks are.", code="video.damaged", hint=_WHOLE)


def _encrypted() -> Invalid:
    return Invalid(
        "The film is encrypted or protected by DRM.", code="video.encrypted", hint="Mark it before it is protected."
    )
