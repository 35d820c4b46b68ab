"""Finds a piece of a tensor, values that follow one another, by correlation at every place at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.tracing.numbers import Floats
from kept.practices.weights.methods.tracing.realign.signatures import ALIKE, cosines, sample

_TEMPLATE = 1 << 12
_LEAST = 64
_TRIED = 4


def located(given: Floats, original: Floats) -> Floats | None:
    """The piece where it lies in the original, and nan around it, (rows, columns) of the original; None if nowhere.

    `given` is one piece where it has one row; else its rows are pieces of rows, one below the other.
    """
    from scipy import fft

    flat, width = np.where(np.isfinite(original), original, 0).reshape(-1), original.shape[1]
    if given.shape[1] < _LEAST or given.size > flat.size or (len(given) > 1 and given.shape[1] > width):
        return None
    spectrum = fft.rfft(flat, fft.next_fast_len(flat.size, real=True))
    energy = np.concatenate([[0.0], np.cumsum(np.square(flat, dtype=np.float64))])
    for row in sample(len(given), _TRIED):
        at = _best(given[row], flat, spectrum, energy)
        if at is None:
            continue
        at -= int(row) * width
        found = np.full(flat.size, np.nan, np.float32)
        places = at + np.arange(len(given))[:, None] * width + np.arange(given.shape[1])
        inside = (places >= 0) & (places < flat.size)
        found[places[inside]] = given[inside]
        return found.reshape(original.shape)
    return None


def _best(
    given: Floats, flat: Floats, spectrum: NDArray[np.complexfloating[Any]], energy: NDArray[np.float64]
) -> int | None:
    """Where a row's first values lie."""
    from scipy import fft

    template = np.where(np.isfinite(given), given, 0)[:_TEMPLATE]
    size = len(template)
    length = fft.next_fast_len(flat.size, real=True)
    found = fft.irfft(spectrum * np.conj(fft.rfft(template, length)), length)[: flat.size - size + 1]
    around = np.sqrt(np.maximum(energy[size:] - energy[:-size], 1e-30))
    at = int(np.abs(found / around).argmax())
    return at if cosines(template[None], flat[None, at : at + size])[0] >= ALIKE else None
