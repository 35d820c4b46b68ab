"""From one rate of samples to another: a block at a time by its Fourier transform, without delay."""

from math import ceil, gcd

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Samples = NDArray[np.float32]
_BLOCK, _MARGIN = 2.5, 0.05
"""Seconds of a block, and of it on each side that only lead in and out, where the transform wraps around."""
_TAPER = 0.06


def converted(samples: NDArray[np.floating], source: int, target: int) -> Samples:
    """The samples at `target` Hz, given at `source` Hz; what either rate can't hold falls away over its last 6 %."""
    if source == target:
        return samples.astype(np.float32)
    shared = gcd(source, target)
    taken, made = source // shared, target // shared
    # Blocks and margins are whole in both rates: so many steps of 1 / shared seconds.
    margin = ceil(_MARGIN * shared)
    steps = scipy.fft.next_fast_len(max(ceil(_BLOCK * shared), 4 * margin))
    advance = steps - 2 * margin
    length = ceil(len(samples) * target / source)
    blocks = max(1, ceil(len(samples) / (advance * taken)))
    padded = np.zeros((blocks * advance + 2 * margin) * taken, np.float32)
    padded[margin * taken : margin * taken + len(samples)] = samples
    kept = _kept(min(taken, made) * steps // 2 + 1)
    result = np.empty(blocks * advance * made, np.float32)
    for block in range(blocks):
        start = block * advance * taken
        spectrum = scipy.fft.rfft(padded[start : start + steps * taken])
        held = np.zeros(steps * made // 2 + 1, np.complex64)
        held[: len(kept)] = spectrum[: len(kept)] * kept
        block_of = scipy.fft.irfft(held, steps * made, overwrite_x=True)
        result[block * advance * made : (block + 1) * advance * made] = block_of[margin * made : -margin * made]
    result *= np.float32(made / taken)
    return result[:length]


def _kept(count: int) -> Samples:
    """How much of each frequency stays, of `count` up to the lower Nyquist frequency."""
    falling = int(count * _TAPER)
    kept = np.ones(count, np.float32)
    kept[count - falling :] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(falling) + 1) / falling)
    return kept
