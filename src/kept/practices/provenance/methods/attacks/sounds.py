"""Attacks on sounds: float32, samples x channels, with their rate in Hz; the same seed does the same."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

Samples = NDArray[np.float32]
Attack = Callable[[Samples, int, int], Samples]


def none(samples: Samples, rate: int, seed: int) -> Samples:
    """Nothing is done."""
    return samples


def noisy(decibels: float) -> Attack:
    """White noise so far below the sound."""

    def attack(samples: Samples, rate: int, seed: int) -> Samples:
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        return samples + np.float32(level) * np.random.default_rng(seed).standard_normal(samples.shape, np.float32)

    return attack


def quieter(factor: float) -> Attack:
    """Softer by this factor."""
    return lambda samples, rate, seed: samples * np.float32(factor)


def cut(share: float) -> Attack:
    """A part of this length, somewhere in the sound."""

    def attack(samples: Samples, rate: int, seed: int) -> Samples:
        length = round(len(samples) * share)
        start = int(np.random.default_rng(seed).integers(0, len(samples) - length + 1))
        return samples[start : start + length]

    return attack


def sampled(rate_there: int) -> Attack:
    """Brought to a lower rate and back, which takes what lies above half of it."""

    def attack(samples: Samples, rate: int, seed: int) -> Samples:
        shared = int(np.gcd(rate, rate_there))
        low = resample_poly(samples, rate_there // shared, rate // shared, axis=0)
        back: Samples = resample_poly(low, rate // shared, rate_there // shared, axis=0).astype(np.float32)
        return back

    return attack


def faster(percent: int) -> Attack:
    """Played so much faster, and higher with it."""

    def attack(samples: Samples, rate: int, seed: int) -> Samples:
        made: Samples = resample_poly(samples, 100, 100 + percent, axis=0).astype(np.float32)
        return made

    return attack


def coarse(bits: int) -> Attack:
    """Rounded to so many bits."""
    steps = np.float32(2 ** (bits - 1))
    return lambda samples, rate, seed: np.rint(samples * steps) / steps


def echoing(seconds: float, factor: float) -> Attack:
    """With an echo so much later and softer."""

    def attack(samples: Samples, rate: int, seed: int) -> Samples:
        late, made = round(seconds * rate), samples.copy()
        made[late:] += np.float32(factor) * samples[: len(samples) - late]
        return made

    return attack


ATTACKS: Mapping[str, Attack] = {
    "none": none,
    "noise-20": noisy(20),
    "quieter": quieter(0.25),
    "cut": cut(0.8),
    "16-khz": sampled(16_000),
    "faster-1": faster(1),
    "12-bit": coarse(12),
    "echo": echoing(0.15, 0.4),
}
