"""The sound track of a film: decoded, marked a stretch at a time, and encoded anew.

A stretch is a whole number of the pattern's periods long, in whole samples, and is marked with some of its neighbours
on either side, so that the pattern goes on over its ends as if the track had been marked at once.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.backends.videos.opening import Film
from kept.practices.provenance.methods.sound import beginning, embed
from kept.practices.provenance.methods.sound.marking import RATES, SHORTEST
from kept.practices.provenance.methods.sound.pattern import PERIOD, RATE
from kept.practices.provenance.records import MarkKey, Payload

_STRETCH, _LEAD = 64, 4
"""Periods that are marked at once, 87 s, and that are seen before and behind them at least."""
_OPUS_RATE = 48_000
_LOSSLESS = ("pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be", "pcm_f32le", "alac")
_BITS_OF_A_CHANNEL = 96_000
_LARGEST_GAP = 0.1
_LONGEST_GAP = 600.0
_FRAME = 4096
Samples = NDArray[np.float32]


class Track:
    """The marked sound of a film as packets for `out`; `marked` says whether any of it could be."""

    def __init__(self, out: Any, film: Film, container: str, payload: Payload, key: MarkKey) -> None:
        self._film, self._payload, self._key = film, payload, key
        source = film.sound.codec_context
        self._rate, self._channels = source.sample_rate, source.layout.nb_channels
        name = "libopus" if container == "webm" else "aac"
        if container == "mov" and source.name in _LOSSLESS:
            name = source.name
        self._stream = out.add_stream(name, rate=_OPUS_RATE if name == "libopus" else self._rate)
        self._stream.codec_context.layout = source.layout.name
        if name in ("aac", "libopus"):
            self._stream.codec_context.bit_rate = max(source.bit_rate or 0, _BITS_OF_A_CHANNEL * self._channels)
        self._layout = source.layout.name
        self._packets = self._encoded()
        self._ahead: Any | None = None
        self._begin: int | None = None
        self.marked = False

    def until(self, seconds: float) -> Iterator[Any]:
        """The packets up to that time of the film."""
        while True:
            if self._ahead is None:
                self._ahead = next(self._packets, None)
            ahead = self._ahead
            if ahead is None or (ahead.dts is not None and float(ahead.dts * ahead.time_base) > seconds):
                return
            self._ahead = None
            yield ahead

    def _encoded(self) -> Iterator[Any]:
        from av import AudioFrame

        at: int | None = None
        for start, block in self._blocks():
            at = start if at is None else at
            for first in range(0, len(block), _FRAME):
                part = block[first : first + _FRAME]
                frame = AudioFrame.from_ndarray(np.ascontiguousarray(part.T), "fltp", self._layout)
                frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), at
                at += len(part)
                yield from self._stream.encode(frame)
        yield from self._stream.encode(None)

    def _blocks(self) -> Iterator[tuple[int, Samples]]:
        """The marked samples, and the sample of the film at which they start."""
        length, lead = stretches(self._rate)
        buffer, before, first = np.zeros((0, self._channels), np.float32), 0, 0
        for start, part in decoded(self._film):
            first = first if len(buffer) else start
            buffer = np.concatenate([buffer, part])
            while len(buffer) >= before + length + lead:
                yield first, self._mark(buffer[: before + length + lead])[before : before + length]
                buffer = buffer[before + length - lead :]
                before = lead
        if len(buffer) > before:
            yield first, self._mark(buffer)[before:]

    def _mark(self, samples: Samples) -> Samples:
        """The samples with the mark; as they are where they are too short, too quiet or of a rate without one."""
        if len(samples) < SHORTEST * self._rate or not RATES[0] <= self._rate <= RATES[1]:
            return samples
        plain = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        if self._begin is None:
            self._begin = beginning(plain, self._rate, self._payload, self._key)
        try:
            marked = embed(plain, self._rate, self._payload, self._key, begin=self._begin)
        except Invalid as refused:
            if refused.code in ("sound.silent", "sound.narrow"):
                return samples
            raise
        self.marked = True
        return marked.astype(np.float32)


def decoded(film: Film) -> Iterator[tuple[int, Samples]]:
    """The sound of a film as (n, channels), each with the sample at which it starts; gaps in time are filled."""
    from av import AudioResampler

    source = film.sound.codec_context
    rate = source.sample_rate
    converter = AudioResampler("fltp", source.layout, rate)
    expected: int | None = None
    for frame in film.container.decode(film.sound):
        start = round(float(frame.time) * rate) if frame.time is not None else expected or 0
        for plain in converter.resample(frame):
            samples = plain.to_ndarray().T.astype(np.float32, copy=False)
            if expected is not None and _LARGEST_GAP * rate < start - expected < _LONGEST_GAP * rate:
                samples = np.concatenate([np.zeros((start - expected, samples.shape[1]), np.float32), samples])
            at = start if expected is None else expected
            expected = at + len(samples)
            yield at, samples


def stretches(rate: int) -> tuple[int, int]:
    """Samples of a stretch and of what is seen around it, both whole numbers of periods at that rate."""
    whole = RATE // math.gcd(RATE, rate * PERIOD)
    period = whole * rate * PERIOD // RATE
    return -(-_STRETCH // whole) * period, -(-_LEAD // whole) * period
