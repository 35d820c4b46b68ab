"""MP4, MOV and WebM, read and written by PyAV a frame at a time: a film is never held whole.

Each frame's luma is marked and encoded anew, at about the bit rate it had; times, turn and colour tags stay.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.backends.videos import writing
from kept.practices.provenance.backends.videos.opening import FORMATS, Film, Source, local, opened, pyav
from kept.practices.provenance.backends.videos.reading import detect, frames, sound, stills
from kept.practices.provenance.backends.videos.sounding import Track
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.video import Marker
from kept.practices.provenance.records import MarkKey, Payload

__all__ = ["Marked", "detect", "frames", "mark", "marked", "sound", "stills"]

_MOST_FRAMES_A_SECOND = 1000
_FASTER_START = {"movflags": "+faststart"}


@dataclass(frozen=True, slots=True)
class Marked:
    """How a film was marked: frames, seconds, and notes on what of it was not kept."""

    frames: int
    seconds: float
    notes: tuple[str, ...] = ()


def mark(
    source: Source,
    target: Path,
    media_type: str,
    payload: Payload,
    key: MarkKey,
    *,
    limits: media.Limits = media.LIMITS,
) -> Marked:
    """Writes the marked film to `target`, in the format of the source.

    Where this raises, what stands at `target` is worthless. Raises Invalid for a film that is mislabelled, encrypted,
    damaged, cut off, too long or too small to be marked, and Unavailable where PyAV isn't installed.
    """
    av = pyav()
    with local(source) as place, opened(place, media_type, limits) as film:
        container = FORMATS[media.canonical(media_type)]
        options = _FASTER_START if container != "webm" else {}
        # The sound is read by itself, so that packets of both can be written side by side.
        with (
            opened(place, media_type, limits) as same,
            av.open(f"file:{target}", "w", format=container, options=options) as out,
        ):
            return _Work(out, film, same, container, payload, key, limits).done()


def marked(
    data: bytes, media_type: str, payload: Payload, key: MarkKey, *, limits: media.Limits = media.LIMITS
) -> bytes:
    """The marked film of a film, both as files in memory; raises as `mark` does."""
    with tempfile.TemporaryDirectory(prefix="kept-film-") as folder:
        target = Path(folder) / "marked"
        mark(data, target, media_type, payload, key, limits=limits)
        return target.read_bytes()


class _Work:
    """One film on its way from its file into another."""

    def __init__(
        self,
        out: Any,
        film: Film,
        same: Film,
        container: str,
        payload: Payload,
        key: MarkKey,
        limits: media.Limits,
    ) -> None:
        self._out, self._film, self._limits = out, film, limits
        self._format = writing.picture_format(film, container)
        context = film.video.codec_context
        depth = 10 if "10" in self._format else 8
        self._marker = Marker(payload, key, context.height, context.width, depth=depth)
        self._picture = writing.added_picture(out, film, container)
        self._track = Track(out, same, container, payload, key) if same.audio is not None else None
        self._frames = 0
        self._last = 0.0
        writing.describe(out, film)

    def done(self) -> Marked:
        """Every frame, the sound beside it, and what is left in the encoders at the end."""
        packets = 0
        for packet in self._film.container.demux(self._film.video):
            packets += packet.size > 0
            for frame in packet.decode():
                self._write(frame)
        self._whole(packets)
        self._out.mux(self._picture.encode(None))
        self._sound(self._limits.seconds)
        notes = list(self._film.notes)
        if self._track is not None and not self._track.marked:
            notes.append("the sound is too short or too quiet for a mark of its own")
        return Marked(self._frames, self._last, tuple(notes))

    def _sound(self, seconds: float) -> None:
        for packet in self._track.until(seconds) if self._track is not None else ():
            self._out.mux(packet)

    def _write(self, frame: Any) -> None:
        _checked(frame, self._film)
        if not self._frames and frame.rotation:
            self._picture.set_display_rotation(frame.rotation)
        self._last = float(frame.time or 0.0)
        self._frames += 1
        if self._last > self._limits.seconds or self._frames > _MOST_FRAMES_A_SECOND * self._limits.seconds:
            raise Invalid(
                f"The film lasts longer than the {self._limits.seconds:,.0f} s that are read.",
                code="media.duration",
                hint="Cut it, or raise the limit in the settings of the room.",
            )
        if frame.format.name != self._format:
            frame = frame.reformat(format=self._format)
        else:
            # Its planes may serve the decoder for later frames.
            frame.make_writable()
        luma = _luma(frame)
        luma[:] = self._marker.mark(np.ascontiguousarray(luma))
        frame.pict_type = 0
        self._sound(self._last)
        self._out.mux(self._picture.encode(frame))

    def _whole(self, packets: int) -> None:
        expected = self._film.video.frames
        if not self._frames or packets < expected * 0.98 - 2:
            raise Invalid(
                f"The film is cut off: {packets:,} of {expected:,} frames are there.",
                code="video.damaged",
                hint="Send the whole file as it was made.",
            )


def _checked(frame: Any, film: Film) -> None:
    context = film.video.codec_context
    if frame.is_corrupt:
        raise Invalid(
            f"The film is damaged {frame.time or 0:.2f} s from its start.",
            code="video.damaged",
            hint="Send the whole file as it was made.",
        )
    if (frame.width, frame.height) != (context.width, context.height):
        raise Invalid("The film changes its size.", code="video.size", hint="Scale it to one size first.")


def _luma(frame: Any) -> NDArray[Any]:
    """The luma of a frame, as a view of it: uint8, or uint16 where the format has more bits."""
    plane = frame.planes[0]
    kind = np.uint16 if "10" in frame.format.name else np.uint8
    whole = np.frombuffer(plane, kind).reshape(plane.height, -1)
    return whole[:, : plane.width]
