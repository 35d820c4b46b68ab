"""What a detector hears: the sound without its own spectrum, as spectra of windows from which lines are read.

Where a mark follows the spectrum of the sound, taking that away leaves the mark even. Here each place of the short-time
spectrum keeps only its phase, and a weight by how far it stands out of the quiet, in which noise would hide a mark. A
line of the pattern, at whatever speed, is then the value of a window's spectrum at the line's frequency.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from kept.practices.provenance.methods.sound import frames
from kept.practices.provenance.methods.sound.pattern import HIGHEST, LOWEST, PERIOD, Complex, Samples

WINDOW = 8 * PERIOD
"""Samples of the longest window, 10.9 s."""
PASSAGE = 4 * WINDOW
"""Samples that are searched as one, 43.7 s."""
GRAIN = 16
"""Values of a window's spectrum from one line to the next, at the marked speed."""
_FRAME, _WIDTH, _QUIET = 1024, 9, 0.05
_BINS = slice(LOWEST * _FRAME // PERIOD - 4, HIGHEST * _FRAME // PERIOD + 36)
_LEAST = np.float32(1e-14)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The spectra of equal windows that follow each other, each as if its middle were at time 0; and those middles.

    `middles` are in samples at the pattern's rate, from the middle of all; `length` is that of a window.
    """

    spectra: Complex
    middles: NDArray[np.float64]
    length: int

    @property
    def middle(self) -> float:
        """The middle of all, in samples from the start."""
        return self.length // 2 - float(self.middles[0])

    def alone(self, window: int) -> "Heard":
        """One window, about its own middle."""
        return Heard(self.spectra[window : window + 1], np.zeros(1), self.length)

    def lines(self, lines: NDArray[np.int32], speed: float) -> Complex:
        """What each line of the pattern is at a speed, over all windows, as seen from the middle of all."""
        read: Complex = self.spectra[:, np.rint(lines * (speed * GRAIN)).astype(np.int32)]
        if len(read) == 1:
            only: Complex = read[0]
            return only
        turns = np.outer(self.middles * (speed / PERIOD), lines)
        turned: Complex = (read * np.exp(-2j * np.pi * (turns % 1)).astype(np.complex64)).sum(axis=0)
        return turned


def heard(sound: Samples) -> Heard:
    """What is heard of a sound at the pattern's rate."""
    plain = whitened(sound)
    count = -(-len(plain) // WINDOW)
    length = -(-len(plain) // count)
    half = length // 2
    spectra = np.empty((count, GRAIN * PERIOD // 2 + 1), np.complex64)
    for window in range(count):
        part = plain[window * length : (window + 1) * length]
        turned = np.zeros(GRAIN * PERIOD, np.float32)
        turned[: max(0, len(part) - half)] = part[half:]
        turned[-half:][: min(half, len(part))] = part[:half]
        spectra[window] = scipy.fft.rfft(turned)
    middles = (np.arange(count, dtype=np.float64) - (count - 1) / 2) * length
    return Heard(spectra, middles, length)


def whitened(sound: Samples) -> Samples:
    """The sound with only the phases of its short-time spectrum, weighted by how far each place is above the quiet."""
    spectra = frames.apart(sound, _FRAME)
    band = spectra[:, _BINS]
    power = band.real**2 + band.imag**2
    local = uniform_filter1d(power, _WIDTH, axis=1, mode="nearest")
    quiet = np.float32(_QUIET**2) * local.mean() + _LEAST
    weight = local / ((local + quiet) * np.sqrt(power + _LEAST))
    plain = np.zeros_like(spectra)
    np.multiply(band, weight, out=plain[:, _BINS])
    return frames.together(plain, _FRAME, len(sound))
