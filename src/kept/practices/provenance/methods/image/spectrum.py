"""What of a picture adds up on the pattern's lines: aligned by folding, or at any geometry from one transform.

`folded` gives statistics of fixed size that add: the folds of the frames of a film can be summed and then decided
together. `Spectrum` is one transform of a whole picture, which is read at the lines of any affine geometry.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE, Lines
from kept.practices.provenance.methods.image.perception import Plane

FOLDS = 4
FOLD = TILE * FOLDS
"""Pictures are folded to so many pixels: between the pattern's lines stands what is the picture's own."""
_NEAR = 9
CLIPPED = np.float32(1.5)
"""No bin counts for more than so many times the root of the power around it."""
Matrix = NDArray[np.float64]


def folded(residual: Plane) -> Plane:
    """FOLD by FOLD sums over a residual at the working size, which add over pictures with the same pattern."""
    fold: Plane = np.zeros((FOLD, FOLD), np.float32)
    for top in range(0, residual.shape[0], FOLD):
        for left in range(0, residual.shape[1], FOLD):
            part = residual[top : top + FOLD, left : left + FOLD]
            fold[: part.shape[0], : part.shape[1]] += part
    return fold


def aligned_lines(fold: Plane) -> Lines:
    """The lines of a fold whose pattern is neither turned nor scaled, each weighted by its amplitude over its noise."""
    spectrum = fft.rfft2(fold)
    power = np.abs(spectrum) ** 2
    between = np.ones_like(power)
    between[::FOLDS, ::FOLDS] = 0
    noise = _around(power * between) / _around(between)
    columns, rows = lattice.frequencies().T * FOLDS
    mirrored = columns < 0
    at = np.where(mirrored, -rows, rows) % FOLD, np.abs(columns)
    read = np.where(mirrored, np.conj(spectrum[at]), spectrum[at])
    around = np.maximum(noise[at], 1e-12)
    # A line that stands out this far is the picture's own: it may not outvote the others.
    most = CLIPPED / np.maximum(np.abs(read) / np.sqrt(around), CLIPPED)
    weighted: Lines = read * most * lattice.amplitudes() / around
    return weighted


def _around(plane: Plane) -> Plane:
    """The mean around each bin of a half spectrum, whose rows go round."""
    padded = np.pad(plane, ((_NEAR, _NEAR), (0, 0)), mode="wrap")
    blurred = cv2.blur(padded, (_NEAR, _NEAR), borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred[_NEAR:-_NEAR], np.float32)


@dataclass(frozen=True)
class Spectrum:
    """One transform of a residual, padded to twice its size or more, with the picture's centre as origin.

    `weighted` is each bin over the power around it, and `power` the bin's power over the same, clipped: rows are the
    frequencies from 0 up and then the negative ones, columns those from -MARGIN up to one half.
    """

    weighted: NDArray[np.complex64]
    power: Plane
    size: int
    centre: tuple[float, float]

    MARGIN = 2

    @classmethod
    def of(cls, residual: Plane) -> "Spectrum":
        """The spectrum of a residual at the working size."""
        height, width = residual.shape
        size = fft.next_fast_len(2 * max(height, width), real=True)
        size += size % 2
        down, right = height // 2, width // 2
        padded = np.zeros((size, size), np.float32)
        padded[: height - down, : width - right] = residual[down:, right:]
        padded[size - down :, : width - right] = residual[:down, right:]
        padded[: height - down, size - right :] = residual[down:, :right]
        padded[size - down :, size - right :] = residual[:down, :right]
        bins = fft.rfft2(padded, overwrite_x=True)
        power = bins.real**2 + bins.imag**2
        near = 2 * round(size / TILE) + 1
        around = np.pad(power, ((near, near), (0, 0)), mode="wrap")
        noise = np.maximum(cv2.blur(around, (near, near), borderType=cv2.BORDER_REFLECT_101)[near:-near], 1e-9)
        power /= noise
        weighted = bins / noise * (CLIPPED / np.sqrt(np.maximum(power, CLIPPED**2)))
        mirror = np.conj(np.roll(weighted[::-1, 1 : cls.MARGIN + 1][:, ::-1], 1, axis=0))
        return cls(np.concatenate([mirror, weighted], axis=1), np.minimum(power, 6), size, (float(right), float(down)))

    def read(self, matrices: Matrix, *, lines: NDArray[np.intp] | None = None) -> NDArray[np.complex64]:
        """The pattern's lines under each of (n, 2, 2) maps from pattern to working pixels, weighted, as (n, lines)."""
        wanted = lattice.frequencies() if lines is None else lattice.frequencies()[lines]
        inverse = np.linalg.inv(matrices)
        # Rows are frequency vectors: f = k A⁻¹ / TILE.
        at = np.einsum("lk,nkj->nlj", wanted, inverse) * (self.size / TILE)
        mirrored = at[..., 0] < 0
        at[mirrored] *= -1
        outside = (np.abs(at) > self.size / 2 - 2).any(axis=-1)
        at[outside] = 0
        cell = np.floor(at).astype(np.intp)
        part = (at - cell).astype(np.float32)
        flat = self.weighted.ravel()
        wide = self.weighted.shape[1]
        row, column = cell[..., 1] % self.size, cell[..., 0] + self.MARGIN
        below = (row + 1) % self.size
        x, y = part[..., 0], part[..., 1]
        upper = flat[row * wide + column] * (1 - x) + flat[row * wide + column + 1] * x
        lower = flat[below * wide + column] * (1 - x) + flat[below * wide + column + 1] * x
        value = upper * (1 - y) + lower * y
        value[outside] = 0
        amplitude = lattice.amplitudes() if lines is None else lattice.amplitudes()[lines]
        read: NDArray[np.complex64] = np.where(mirrored, np.conj(value), value) * amplitude.astype(np.float32)
        return read
