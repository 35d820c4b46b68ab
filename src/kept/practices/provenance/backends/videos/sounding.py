"""The sound track of a film, as packets that go beside its frames."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.backends.videos.opening import Film

_LARGEST_GAP = 0.1
_LONGEST_GAP = 600.0
Samples = NDArray[np.float32]


class Track:
    """The sound of a film as packets for `out`, as they were."""

    def __init__(self, out: Any, film: Film) -> None:
        self._stream = out.add_stream_from_template(film.audio)
        self._packets = (packet for packet in film.container.demux(film.audio) if packet.dts is not None)
        self._ahead: Any | None = None

    def until(self, seconds: float) -> Iterator[Any]:
        """The packets up to that time of the film."""
        while True:
            if self._ahead is None:
                self._ahead = next(self._packets, None)
            ahead = self._ahead
            if ahead is None or float(ahead.dts * ahead.time_base) > seconds:
                return
            self._ahead = None
            ahead.stream = self._stream
            yield ahead


def decoded(film: Film) -> Iterator[tuple[int, Samples]]:
    """The sound of a film as (n, channels), each with the sample at which it starts; gaps in time are filled."""
    from av import AudioResampler

    source = film.audio.codec_context  # type: ignore[union-attr]
    rate = source.sample_rate
    converter = AudioResampler("fltp", source.layout, rate)
    expected: int | None = None
    for frame in film.container.decode(film.audio):
        start = round(float(frame.time) * rate) if frame.time is not None else expected or 0
        for plain in converter.resample(frame):
            samples = plain.to_ndarray().T.astype(np.float32, copy=False)
            if expected is not None and _LARGEST_GAP * rate < start - expected < _LONGEST_GAP * rate:
                samples = np.concatenate([np.zeros((start - expected, samples.shape[1]), np.float32), samples])
            at = start if expected is None else expected
            expected = at + len(samples)
            yield at, samples
