"""The feature vector of a sound from which its content code is computed: that of Chromaprint's default algorithm.

Written from the description of the method (Y. Ke, D. Hoiem and R. Sukthankar, "Computer Vision for Music
Identification", CVPR 2005, applied to chroma by L. Lalinský, "How does Chromaprint work?", 2011) with the constants
that Chromaprint's algorithm was trained to. Equal to Chromaprint's own where the sound is given at 11,025 Hz; at other
rates the two resample by different filters, and about one bit in a thousand differs.
"""

from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 11025
# Longer sounds are cut off here, so that the work is bounded.
LONGEST_SECONDS = 7200
_FRAME, _HOP = 4096, 1365
_NOTES = 12
_LOWEST, _HIGHEST, _BASE = 28.0, 3520.0, 27.5  # Hz; notes are counted from an A
_SMOOTH = (0.25, 0.75, 1.0, 0.75, 0.25)
_SILENT = 0.01
_SPAN = 16  # frames that the widest filter looks at
_GRAY = np.array((0, 1, 3, 2), np.uint32)
_BLOCK = 1024

# For each of 16 filters: its shape, its first note, how many notes and frames it covers, and what its value is cut at.
_FILTERS = (
    (0, 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    (4, 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    (1, 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    (3, 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    (3, 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    (4, 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    (1, 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    (2, 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    (2, 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    (2, 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    (5, 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    (3, 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    (2, 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    (3, 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    (1, 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    (3, 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)


def chroma_features(samples: NDArray[Any], rate: int) -> NDArray[np.int32]:
    """Chromaprint's vector, about 8 numbers a second: samples in -1 to 1, [n] or [n, channels], at `rate` Hz.

    Empty for a sound of less than 2.6 s. What is not a number counts as silence.
    """
    image = _chroma(_prepared(samples, rate))
    count = len(image) - _SPAN + 1
    if count <= 0:
        return np.empty(0, np.int32)
    # Sums over any rectangle of the picture of notes over time come from four numbers of this one.
    sums = np.zeros((len(image) + 1, _NOTES + 1))
    sums[1:, 1:] = image.cumsum(0).cumsum(1)
    features = np.zeros(count, np.uint32)
    for shape, note, notes, frames, cuts in _FILTERS:
        light, dark = _sides(_Sums(sums, count), shape, note=note, notes=notes, frames=frames)
        value = np.log((1 + light) / (1 + dark))
        features = (features << 2 | _GRAY[np.searchsorted(cuts, value, side="right")]).astype(np.uint32)
    return features.view(np.int32)


def _prepared(samples: NDArray[Any], rate: int) -> NDArray[np.float64]:
    """One channel at 11,025 Hz, in the whole steps of 16-bit samples that Chromaprint is given."""
    mono = samples[: LONGEST_SECONDS * rate]
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    mono = np.nan_to_num(mono.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if rate != RATE and len(mono):
        from scipy.signal import resample_poly

        shared = gcd(RATE, rate)
        mono = resample_poly(mono, RATE // shared, rate // shared)
    whole: NDArray[np.float64] = np.clip(np.rint(mono * 32768), -32768, 32767)
    return whole


def _chroma(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strong each of 12 notes is in each frame, smoothed over five frames: [frames, 12], rows of unit length."""
    count = max(0, (len(sound) - _FRAME) // _HOP + 1)
    raw = np.zeros((count, _NOTES))
    window = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_FRAME) / (_FRAME - 1))) / 32767
    first, last = (round(_FRAME * edge / RATE) for edge in (_LOWEST, _HIGHEST))
    bins = np.arange(max(1, first), min(_FRAME // 2, last))
    octaves = np.log2(bins * RATE / _FRAME / _BASE)
    note = (_NOTES * (octaves - np.floor(octaves))).astype(int)
    of_note = np.zeros((len(bins), _NOTES))
    of_note[np.arange(len(bins)), note] = 1
    for begin in range(0, count, _BLOCK):
        starts = np.arange(begin, min(count, begin + _BLOCK)) * _HOP
        spectrum = np.fft.rfft(sound[starts[:, None] + np.arange(_FRAME)] * window)[:, bins]
        raw[begin : begin + _BLOCK] = (spectrum.real**2 + spectrum.imag**2) @ of_note
    smooth = sum(weight * raw[at : count - len(_SMOOTH) + 1 + at] for at, weight in enumerate(_SMOOTH))
    if count < len(_SMOOTH):
        return np.empty((0, _NOTES))
    length = np.linalg.norm(smooth, axis=1, keepdims=True)
    return np.where(length < _SILENT, 0.0, smooth / np.maximum(length, _SILENT))


class _Sums:
    """Sums over rectangles of the picture, that begin `frame` after each of `count` frames."""

    def __init__(self, sums: NDArray[np.float64], count: int) -> None:
        self._sums = sums
        self._count = count

    def over(self, frame: int, note: int, frames: int, notes: int) -> NDArray[np.float64]:
        begin = self._sums[frame : frame + self._count]
        end = self._sums[frame + frames : frame + frames + self._count]
        return end[:, note + notes] - begin[:, note + notes] - end[:, note] + begin[:, note]


def _sides(
    area: _Sums, shape: int, *, note: int, notes: int, frames: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a filter adds up on its one side and on its other: whole, halves, quarters crosswise, or a middle third."""
    whole = area.over(0, note, frames, notes)
    half, third = notes // 2, notes // 3
    if shape == 0:
        return whole, np.zeros_like(whole)
    if shape == 1:
        light = area.over(0, note + half, frames, notes - half)
    elif shape == 2:
        light = area.over(frames // 2, note, frames - frames // 2, notes)
    elif shape == 3:
        early, late = frames // 2, frames - frames // 2
        light = area.over(0, note + half, early, notes - half) + area.over(early, note, late, half)
    elif shape == 4:
        light = area.over(0, note + third, frames, third)
    else:
        light = area.over(frames // 3, note, frames // 3, notes)
    return light, whole - light
