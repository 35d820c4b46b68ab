"""How loud the pattern may be in each place of a sound: a power of its short-time spectrum, capped, at a given SNR.

In each frame and bin the mark has the level L = g √(E R), where E is the level of the sound about that place, R that of
the whole band over a few seconds, and g is such that the mark lies SNR decibels under the sound over those. The square
root puts more of the mark where the sound is weak, which a detector that takes away the sound's spectrum rewards,
and the cap keeps it everywhere at least CAP decibels under E. So nothing sounds where the sound is silent.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from kept.practices.provenance.methods.sound import frames
from kept.practices.provenance.methods.sound.pattern import HIGHEST, LOWEST, PERIOD

FRAME = 512
SNR, CAP = 30.7, 12.0
"""Decibels under the sound that the mark is over a few seconds, and that it is at least in each place."""
_EXPONENT = 0.5
_BINS = slice(LOWEST * FRAME // PERIOD - 1, HIGHEST * FRAME // PERIOD + 2)
_WIDTH, _SECONDS_OF_FRAMES, _ROUNDS = 9, 256, 4
_RISE = 16.0
"""The most that power may grow from one frame to the next for the mark to follow: it must not be heard before."""
_SLOW, _FAST, _HIGH = 512, 72, 20
"""Samples over which power is taken to tell an onset within a frame, and of the mean that is taken off before."""
_LEAST = np.float32(1e-12)

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]


def period_of_frames(period: Samples) -> Spectra:
    """The spectra of the frames of one period, of unit mean power in the pattern's band."""
    spectra = frames.apart(np.concatenate([period] * 3), FRAME)
    count = PERIOD // (FRAME // 2)
    one = spectra[count : 2 * count, _BINS]
    level: np.float32 = np.sqrt(np.mean(np.abs(one) ** 2))
    return (one / level).astype(np.complex64)


def shaped(sound: Samples, period: Spectra) -> Samples:
    """The mark for a sound at RATE that begins at the start of a period; as long as the sound."""
    spectra = frames.apart(sound, FRAME)
    power = spectra.real**2 + spectra.imag**2
    gains = levels(power[:, _BINS], power.sum(axis=1))
    spectra[:] = 0
    repeats = -(-len(gains) // len(period))
    np.multiply(np.concatenate([period] * repeats)[: len(gains)], gains, out=spectra[:, _BINS])
    return frames.together(spectra, FRAME, len(sound)) * _onsets(sound)


def levels(power: Samples, whole: Samples) -> Samples:
    """The level of the mark in each frame and bin, from the sound's power there and in each whole frame."""
    local = uniform_filter1d(power, _WIDTH, axis=1, mode="nearest")
    local[1:] = np.minimum(local[1:], local[:-1] * _RISE)
    np.maximum(local, _LEAST, out=local)
    most = local * np.float32(10 ** (-CAP / 10))
    level = local**_EXPONENT
    level *= (_over_seconds(local.mean(axis=1)) ** (1 - _EXPONENT))[:, None]
    target = _over_seconds(whole) * np.float32(10 ** (-SNR / 10)) + _LEAST
    scale = target / (_over_seconds(level.sum(axis=1)) + _LEAST)
    for _ in range(_ROUNDS):
        held = np.minimum(level * scale[:, None], most)
        # A place that the cap holds back leaves its share to the others.
        scale *= np.minimum(target / (_over_seconds(held.sum(axis=1)) + _LEAST), 8.0)
    gains: Samples = np.sqrt(held)
    return gains


def _over_seconds(values: Samples) -> Samples:
    smooth: Samples = uniform_filter1d(values, _SECONDS_OF_FRAMES, mode="nearest")
    return smooth


def _onsets(sound: Samples) -> Samples:
    """At most 1: how far the sound's power in 6 ms lies under that in the 43 ms about it, four times allowed."""
    high = sound - uniform_filter1d(sound, _HIGH)
    power = high * high
    fast, slow = uniform_filter1d(power, _FAST), uniform_filter1d(power, _SLOW)
    ratio: Samples = np.sqrt(np.clip(4 * (fast + _LEAST) / (slow + _LEAST), 0, 1))
    return ratio
