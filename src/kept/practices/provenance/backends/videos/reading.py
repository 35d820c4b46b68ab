"""What is read of a film to find its mark: frames of a few stretches, its sound, and what fingerprints are of."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.backends.videos.opening import Film, Source, opened
from kept.practices.provenance.backends.videos.sounding import decoded
from kept.practices.provenance.methods import media, presence
from kept.practices.provenance.methods import sound as sounds
from kept.practices.provenance.methods.video import Watching
from kept.practices.provenance.records import Detection, MarkKey

WINDOW, WINDOWS = 6.0, 8
"""Seconds of a stretch, and how many are watched at most, spread evenly."""
_FRAMES = 72
_HEARD = 600.0


def detect(
    source: Source,
    media_type: str,
    keys: Sequence[MarkKey],
    *,
    full: bool = True,
    gate: float = presence.GATE,
    limits: media.Limits = media.LIMITS,
) -> Detection | None:
    """The mark in the frames of a film or, where they show none, in its sound; None without one.

    Each of up to 8 stretches of 6 s is asked, then all together. The sound, of which ten minutes count, is asked with
    `full` alone. Either may find half of what `gate` allows, and the p-value is over all that might have been asked.
    Raises Invalid for what can't be read.
    """
    shares = 2 if full else 1
    found = _shown(source, media_type, keys, full=full, gate=gate / shares, limits=limits)
    if found is None and full and (track := sound(source, media_type, limits=limits)) is not None:
        found = sounds.detect(*track, keys, gate=gate / shares)
    return found and replace(found, hypotheses=found.hypotheses * shares, p_value=min(1.0, found.p_value * shares))


def _shown(
    source: Source, media_type: str, keys: Sequence[MarkKey], *, full: bool, gate: float, limits: media.Limits
) -> Detection | None:
    """The mark in the frames."""
    with opened(source, media_type, limits) as film:
        starts = _starts(film.seconds)
        watching = Watching(keys, asked=len(starts) + (len(starts) > 1), full=full, gate=gate)
        for start in starts:
            for frame in _stretch(film, start):
                watching.see(_luma(frame))
            found = watching.window()
            if found is not None:
                return found
        return watching.whole() if len(starts) > 1 else None


def sound(
    source: Source, media_type: str, *, seconds: float = _HEARD, limits: media.Limits = media.LIMITS
) -> tuple[NDArray[np.float32], int] | None:
    """The first ten minutes of the sound track as (n, channels) with its rate, or None where there is none."""
    with opened(source, media_type, limits) as film:
        if film.audio is None:
            return None
        rate = film.audio.codec_context.sample_rate
        parts: list[NDArray[np.float32]] = []
        count = 0
        for _, samples in decoded(film):
            parts.append(samples)
            count += len(samples)
            if count >= seconds * rate:
                break
        return (np.concatenate(parts), rate) if parts else None


def stills(
    source: Source, media_type: str, count: int, *, limits: media.Limits = media.LIMITS
) -> list[NDArray[np.uint8]]:
    """So many frames as RGB, spread evenly over the film and turned as it is shown; fewer where it has fewer."""
    with opened(source, media_type, limits) as film:
        found = []
        for place in range(count):
            at = film.seconds * (place + 0.5) / count
            frame = next(_from(film, at), None)
            if frame is not None:
                found.append(
                    np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)))
                )
        return found


def frames(
    source: Source, media_type: str, *, every: float, most: int | None = None, limits: media.Limits = media.LIMITS
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """The luma of a frame `every` so many seconds, each with its second, as it is stored, not turned as it is shown.

    Where there would be more than `most`, so many come in 8 stretches that are spread evenly over the film.
    """
    with opened(source, media_type, limits) as film:
        whole = most is None or film.seconds <= most * every
        each = None if most is None else max(1, most // WINDOWS)
        length = (each or 0) * every
        starts = [0.0] if whole else [place * (film.seconds - length) / (WINDOWS - 1) for place in range(WINDOWS)]
        for start in starts:
            timed = (frame for frame in _from(film, start) if frame.time is not None)
            yield from islice(_spaced(timed, every), None if whole else each)


def _spaced(timed: Iterator[Any], every: float) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    due = -np.inf
    for frame in timed:
        if frame.time >= due - 1e-3:
            due = frame.time + every
            yield frame.time, _luma(frame)


def _starts(seconds: float) -> list[float]:
    if seconds <= 2 * WINDOW:
        return [0.0]
    count = min(WINDOWS, int(seconds // WINDOW))
    return [place * (seconds - WINDOW) / (count - 1) for place in range(count)]


def _stretch(film: Film, start: float) -> Iterator[Any]:
    """Up to 72 frames of the stretch that starts there."""
    every = max(1, round(film.rate * WINDOW / _FRAMES))
    taken = 0
    for place, frame in enumerate(_from(film, start)):
        if place % every == 0:
            yield frame
            taken += 1
        if taken == _FRAMES:
            return


def _from(film: Film, start: float) -> Iterator[Any]:
    """The frames from about `start` seconds on."""
    if start > 0 or film.container.streams.video[0].codec_context.is_open:
        film.container.seek(int(start * 1_000_000))
    for packet in film.container.demux(film.video):
        for frame in packet.decode():
            if frame.time is None or frame.time >= start - 1e-6:
                yield frame


def _luma(frame: Any) -> NDArray[np.uint8]:
    """The luma in 8 bits: the first plane of what is stored so, and a conversion of everything else."""
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "gray"):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    whole = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)
    return np.ascontiguousarray(whole[:, : plane.width])
