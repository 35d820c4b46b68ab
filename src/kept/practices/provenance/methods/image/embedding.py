"""Puts a mark into pixels: the pattern, shaped by what the picture hides, added to every channel.

1. The picture is seen at the working size: what its detail hides, and what the detector will read there unmarked.
2. The lines are set so that, together with what the picture has there already, they say the payload: where the picture
   speaks against it they are stronger, and where it speaks for it weaker (informed embedding: Malvar and Florêncio,
   "Improved spread spectrum", IEEE Trans. Signal Processing 51(4), 2003, made one-sided).
3. The pattern is brought to the picture's size and added, in bands, so that a large picture needs little memory.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kept.errors import Invalid
from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.methods.image.lattice import TILE, Carrier, Lines, Reals
from kept.practices.provenance.methods.image.perception import (
    Pixels,
    Plane,
    checked,
    luminance,
    masking,
    seen,
)
from kept.practices.provenance.records import MarkKey, Payload

PSNR = 42.05
"""How near the marked picture stays, in dB, unless `strength` says otherwise."""
SMALLEST = 128
_LUMA = np.array([0.299, 0.587, 0.114])
# Luminance per change of the pixels is most where each channel moves with its share of it; halfway there no tint shows.
_CHANNELS = np.array([0.75, 1.15, 0.5])
_CHANNELS /= np.sqrt(np.mean(_CHANNELS**2))
_ROUNDING = 1 / 12
_CANCELLED = (0.0, 0.25, 0.5, 0.75)
# Of the picture's own part in the lines, about so much is expected from compression and noise on top.
_DISTURBANCE = 0.5
_BAND = 256
_FIXED = 64


def embed(pixels: NDArray[Any], payload: Payload, key: MarkKey, *, strength: float = 1.0) -> Pixels:
    """The marked pixels, of the same shape and type; alpha is untouched, and `strength` multiplies the amplitude.

    Raises Invalid for what is no picture, or one of fewer than 128 pixels on a side.
    """
    picture = checked(pixels)
    if min(picture.shape[:2]) < SMALLEST:
        size = f"{picture.shape[1]} by {picture.shape[0]} pixels"
        raise Invalid(f"a picture of {size} can't hold a mark", hint=f"give {SMALLEST} or more on each side")
    channels = _CHANNELS if picture.ndim == 3 else np.ones(1)
    power = (255 * 10 ** (-PSNR / 20)) ** 2 * strength**2 - _ROUNDING
    plane = luminance(picture)
    change = pattern(plane, payload, key, power, float(channels @ _LUMA) if len(channels) == 3 else 1.0)
    return added(picture, change, channels)


def pattern(plane: Plane, payload: Payload, key: MarkKey, power: float, gain: float = 1.0) -> Plane:
    """What to add to a luminance, of mean square `power`; `gain` is how much of it the luminance shows."""
    hidden = masking(plane)
    view = seen(plane)
    carrier = lattice.carrier(key)
    response = gain * float(np.vdot(view.weight, hidden))
    own = folded_lines(view.residual) / response
    budget = power / float(np.mean(hidden * hidden)) / 2
    change = _repeated(lattice.tile(informed(carrier, payload, own, budget)), plane.shape) * hidden
    wanted = np.sqrt(power / float(np.mean(change * change)))
    return change * np.float32(wanted)


def folded_lines(residual: Plane) -> Lines:
    """The lines of the tile that all of the picture's tiles add up to."""
    height, width = residual.shape
    whole = np.zeros((-(-height // TILE) * TILE, -(-width // TILE) * TILE), np.float32)
    whole[:height, :width] = residual
    folded = whole.reshape(-1, TILE, whole.shape[1] // TILE, TILE).sum((0, 2))
    columns, rows = lattice.frequencies().T
    lines: Lines = np.fft.fft2(folded)[rows % TILE, columns % TILE]
    return lines


def informed(carrier: Carrier, payload: Payload, own: Lines, budget: float) -> Lines:
    """The lines to add, of summed power `budget`, to a picture that has the lines `own` already."""
    aim = carrier.target(payload) / carrier.phases
    size = lattice.amplitudes()
    turned = own * np.conj(carrier.phases)
    best, lines = -1.0, aim
    for cancelled in _CANCELLED:
        height, found = _reaching(aim, size, cancelled * turned, budget)
        left = ((1 - cancelled) ** 2 + _DISTURBANCE) * float(np.mean(np.abs(turned) ** 2))
        if height**2 > best * left:
            best, lines = height**2 / max(left, 1e-30), found
    return lines * carrier.phases


def _reaching(aim: Lines, size: Reals, own: Lines, budget: float) -> tuple[float, Lines]:
    """The height that every part of every line reaches for this budget, and what must be added for it."""
    low, high = 0.0, 4 * float(np.sqrt(budget / len(size)) + np.sqrt(np.mean(np.abs(own) ** 2)))
    for _ in range(24):
        height = (low + high) / 2
        spent = float(np.sum(np.abs(_missing(aim, size * height, own)) ** 2))
        low, high = (height, high) if spent < budget else (low, height)
    return low, _missing(aim, size * low, own)


def _missing(aim: Lines, height: Reals, own: Lines) -> Lines:
    real = np.maximum(height * np.abs(aim.real) - own.real * np.sign(aim.real), 0) * np.sign(aim.real)
    imaginary = np.maximum(height * np.abs(aim.imag) - own.imag * np.sign(aim.imag), 0) * np.sign(aim.imag)
    missing: Lines = real + 1j * imaginary
    return missing


def _repeated(tile: Plane, shape: tuple[int, ...]) -> Plane:
    height, width = shape
    return np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]


def added(picture: Pixels, change: Plane, channels: Reals) -> Pixels:
    """The picture with the change brought to its size and added to every channel, rounded and clipped."""
    height, width = picture.shape[:2]
    wide: NDArray[Any] = np.clip(np.rint(change * _FIXED), -32768, 32767).astype(np.int16)
    if change.shape != (height, width):
        wide = cv2.resize(wide, (width, height), interpolation=cv2.INTER_CUBIC)
    scales = channels / _FIXED * (1 if picture.dtype == np.uint8 else 257)
    kind = cv2.CV_16S if picture.dtype == np.uint8 else cv2.CV_32S
    depth = cv2.CV_8U if picture.dtype == np.uint8 else cv2.CV_16U
    marked = np.empty_like(picture)
    for top in range(0, height, _BAND):
        rows = slice(top, min(top + _BAND, height))
        planes = [cv2.addWeighted(wide[rows], scale, wide[rows], 0, 0, dtype=kind) for scale in scales.tolist()]
        if picture.ndim == 3 and picture.shape[2] == 4:
            planes.append(np.zeros_like(planes[0]))
        band = planes[0] if picture.ndim == 2 else cv2.merge(planes)
        cv2.add(picture[rows], band, dst=marked[rows], dtype=depth)
    return marked
