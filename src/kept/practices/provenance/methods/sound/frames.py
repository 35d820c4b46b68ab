"""Short-time spectra: frames that overlap by half under a Hann window, which add up to what was taken apart."""

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]


def apart(samples: Samples, size: int) -> Spectra:
    """The spectra of frames of `size` samples, each half a frame after the last, the first of them half before."""
    hop = size // 2
    count = -(-len(samples) // hop) + 1
    padded = np.zeros((count + 1) * hop, np.float32)
    padded[hop : hop + len(samples)] = samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    spectra: Spectra = scipy.fft.rfft(frames * _window(size), axis=1)
    return spectra


def together(spectra: Spectra, size: int, length: int) -> Samples:
    """The first `length` samples of which `apart` gave the spectra."""
    hop = size // 2
    frames = scipy.fft.irfft(spectra, size, axis=1, overwrite_x=True)
    samples: Samples = (frames[1:, :hop] + frames[:-1, hop:]).reshape(-1)
    return samples[:length]


@lru_cache(maxsize=4)
def _window(size: int) -> Samples:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
