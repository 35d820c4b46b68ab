"""The pattern that marks a sound: lines of a period of 16,384 samples at 12 kHz, each of a phase that the key gives.

A period lasts 1.365 s and its lines stand 0.732 Hz apart, from 600 Hz to 5.5 kHz, whatever the rate of the sound. Sync
lines have the key's phase alone; data lines carry two coded signs each, as QPSK on top of the key's phase. Three of
four lines up to 1.6 kHz are sync lines, by which an unknown speed is searched: low lines bear a wider grid of speeds.
Above, one of twelve is, by which time is told more finely.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods import code
from kept.practices.provenance.methods.keystream import Keystream
from kept.practices.provenance.records import MarkKey, Payload

RATE = 12_000
"""Samples a second at which the pattern is made and looked for."""
PERIOD = 16_384
"""Samples at RATE after which it repeats."""
LOWEST, SEARCHED, HIGHEST = 820, 2184, 7510
"""Its first line, the end of those that a search of speeds uses, and the end of all."""

Complex = NDArray[np.complex64]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What a key gives: the sync and data lines, a phasor for each, and the coded sign that each data axis carries."""

    sync: NDArray[np.int32]
    data: NDArray[np.int32]
    sync_phasors: Complex
    data_phasors: Complex
    places: NDArray[np.intp]

    def written(self, signs: NDArray[np.int8]) -> Complex:
        """The phasor of each data line that carries CODED signs of -1 and 1."""
        axes = signs[self.places].astype(np.float32)
        carried: Complex = (axes[0::2] + 1j * axes[1::2]) / np.float32(np.sqrt(2)) * self.data_phasors
        return carried

    def all_lines(self, signs: NDArray[np.int8]) -> tuple[NDArray[np.int32], Complex]:
        """Every line, sync lines first, and its phasor where the data lines carry those signs."""
        return np.concatenate([self.sync, self.data]), np.concatenate([self.sync_phasors, self.written(signs)])

    def read(self, lines: Complex) -> Samples:
        """The CODED soft values of data lines that were received, each a sum over all the axes that carry it."""
        turned = lines * self.data_phasors.conj()
        axes = np.empty(2 * len(lines), np.float64)
        axes[0::2], axes[1::2] = turned.real, turned.imag
        return np.bincount(self.places, axes, code.CODED).astype(np.float32)

    def period(self, payload: Payload) -> Samples:
        """PERIOD samples of unit power that say the payload. Raises ValueError for a field that doesn't fit."""
        spectrum = np.zeros(PERIOD // 2 + 1, np.complex64)
        spectrum[self.sync] = self.sync_phasors
        spectrum[self.data] = self.written(code.encode(payload))
        samples: Samples = np.fft.irfft(spectrum, PERIOD).astype(np.float32)
        samples /= samples.std()
        return samples


@lru_cache(maxsize=16)
def pattern(key: MarkKey) -> Pattern:
    """The pattern of a key."""
    sync, data = lines()
    stream = Keystream(key, "sound/lines")
    phases = stream.phases(len(sync) + len(data))
    phasors = np.exp(1j * phases).astype(np.complex64)
    return Pattern(sync, data, phasors[: len(sync)], phasors[len(sync) :], _places(Keystream(key, "sound/places")))


@lru_cache(maxsize=1)
def lines() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The sync and the data lines, in multiples of RATE / PERIOD; the same for every key."""
    every = np.arange(LOWEST, HIGHEST, dtype=np.int32)
    is_sync = np.where(every < SEARCHED, every % 4 != 0, every % 12 == 0)
    return every[is_sync], every[~is_sync]


def _places(stream: Keystream) -> NDArray[np.intp]:
    """Which sign each axis carries: every sign once in each run of CODED axes, so that no band alone holds any."""
    count = 2 * len(lines()[1])
    runs = [stream.permutation(code.CODED) for _ in range(-(-count // code.CODED))]
    return np.concatenate(runs)[:count]
