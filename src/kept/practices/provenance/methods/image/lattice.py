"""The pattern of a mark: a tile that repeats, made of a few hundred lines of its spectrum.

A tile of 80 by 80 pattern pixels repeats over the picture, so that its spectrum stands on a lattice of 1/80 cycles per
pixel, whatever is cropped away. The lines lie between 0.047 and 0.25 cycles per pixel, where pictures hide most and
compression spares most. Every line has a phase that is drawn from the key. Some lines carry that phase alone and say
where the pattern lies; the others carry two signs of the coded payload each, as quarter turns of their phase.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.methods.code import CODED, encode
from kept.practices.provenance.methods.keystream import Keystream
from kept.practices.provenance.records import MarkKey, Payload

TILE = 80
LONG_SIDE = 1024
"""A longer picture is marked as if it were this long, so that the pattern grows with it; shorter ones are not."""
_LOWEST, _HIGHEST = 0.047, 0.25
_SLOPE = -0.1
_SYNC_SHARE = 0.2

Lines = NDArray[np.complex128]
Reals = NDArray[np.float64]
Indices = NDArray[np.intp]


@cache
def frequencies() -> Indices:
    """The lines as (x, y) in cycles per tile, of one half of the plane; the other half mirrors them.

    Left out are the axes, where a picture's own horizontals and verticals stand, and what an 8 by 8 block grid adds.
    """
    reach = int(_HIGHEST * TILE)
    rows, columns = np.mgrid[1 : reach + 1, -reach : reach + 1]
    radius = np.hypot(rows, columns) / TILE
    blocks = (rows % (TILE // 8) == 0) & (columns % (TILE // 8) == 0)
    kept = (radius >= _LOWEST) & (radius <= _HIGHEST) & (columns != 0) & ~blocks
    return np.stack([columns[kept], rows[kept]], axis=1)


@cache
def amplitudes() -> Reals:
    """How strong each line is beside the others; their mean square is 1."""
    raised: Reals = np.hypot(*frequencies().T) ** _SLOPE
    raised /= np.sqrt(np.mean(raised**2))
    return raised


@dataclass(frozen=True, eq=False)
class Carrier:
    """What a key makes of the lines: which ones synchronise, the phase of each, and which signs the others carry."""

    sync: Indices
    data: Indices
    phases: Lines
    order: Indices

    def target(self, payload: Payload) -> Lines:
        """The phase of every line when it carries this payload, as unit complex numbers."""
        return self.aimed(encode(payload).astype(np.float64))

    def aimed(self, coded: Reals) -> Lines:
        """The same from the coded signs."""
        signs = coded[self.order]
        aimed = self.phases.copy()
        aimed[self.data] *= (signs[0::2] + 1j * signs[1::2]) / np.sqrt(2)
        return aimed

    def known(self, payload: Payload) -> "Carrier":
        """The same where the payload is known: all lines synchronise."""
        none = np.zeros(0, np.intp)
        return Carrier(np.arange(len(self.phases)), none, self.target(payload), none)

    def evidence(self, lines: Lines) -> NDArray[np.float32]:
        """What lines that stand at the pattern's origin say about each coded sign."""
        turned = lines[self.data] * np.conj(self.phases[self.data])
        values = np.empty(2 * len(self.data))
        values[0::2], values[1::2] = turned.real, turned.imag
        return np.bincount(self.order, values, CODED).astype(np.float32)


@lru_cache(maxsize=64)
def carrier(key: MarkKey) -> Carrier:
    """The lines under a key."""
    count = len(frequencies())
    drawn = Keystream(key, "image/lines")
    shuffled = drawn.permutation(count)
    sync, data = np.split(shuffled, [round(_SYNC_SHARE * count)])
    phases = np.exp(1j * drawn.phases(count))
    order = np.resize(np.arange(CODED), 2 * len(data))[drawn.permutation(2 * len(data))]
    return Carrier(sync, data, phases, order)


def tile(lines: Lines) -> NDArray[np.float32]:
    """The pattern of TILE by TILE values whose lines these are; its mean square is 2 Σ |line|²."""
    spectrum = np.zeros((TILE, TILE), np.complex128)
    columns, rows = frequencies().T
    spectrum[rows % TILE, columns % TILE] = lines
    return (np.fft.ifft2(spectrum).real * 2 * TILE**2).astype(np.float32)
