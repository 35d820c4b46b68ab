"""Sounds to mark: music of chords with a beat, and speech-like tones with pauses, each from a seed."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def music(seconds: float, rate: int = 44_100, channels: int = 1, seed: int = 0) -> Samples:
    """Chords that fade, each of three notes with overtones, over a quiet noise and a beat."""
    return _music(seconds, rate, channels, seed).copy()


@cache
def _music(seconds: float, rate: int, channels: int, seed: int) -> Samples:
    draw = np.random.default_rng(seed)
    sound = 0.02 * draw.standard_normal((round(seconds * rate), channels), np.float32)
    for start in range(0, len(sound), int(0.6 * rate)):
        rings = sound[start : start + 2 * rate]
        time = (np.arange(len(rings)) / rate).astype(np.float32)
        fade = np.exp(-3 * time)
        rings += (0.2 * fade**8 * draw.standard_normal(len(time), np.float32))[:, None]
        for note in draw.choice(np.arange(45, 76), 3, replace=False):
            pan = draw.uniform(0.3, 1, channels).astype(np.float32)
            for overtone in range(1, 9):
                pitch = 440 * 2 ** ((note - 69) / 12) * overtone
                if pitch < rate / 2:
                    tone = fade * np.sin(2 * np.pi * pitch * time + draw.uniform(0, 6.28)) / overtone**1.2
                    rings += tone.astype(np.float32)[:, None] * pan
    return (0.7 * sound / np.abs(sound).max()).astype(np.float32)


def speech(seconds: float, rate: int = 16_000, seed: int = 0) -> Samples:
    """Syllables of a gliding voice with formants, and a digital silence of 0.4 s after every fourth."""
    draw = np.random.default_rng(seed)
    parts, length = [], 0
    while length < seconds * rate:
        for _ in range(4):
            time = np.arange(int(draw.uniform(0.15, 0.3) * rate)) / rate
            pitch = draw.uniform(95, 140) * (1 + 0.15 * np.sin(2 * np.pi * 2 * time))
            turn = 2 * np.pi * np.cumsum(pitch) / rate
            formants = np.array([draw.uniform(300, 800), draw.uniform(900, 2300), draw.uniform(2400, 3200)])
            voice = np.zeros(len(time))
            for overtone in range(1, int(3500 / 140)):
                far = np.abs(120 * overtone - formants) / 120
                voice += np.sum(np.exp(-far)) * np.sin(overtone * turn + draw.uniform(0, 6.28))
            breath = 0.02 * draw.normal(size=len(time))
            parts.append((voice + breath) * np.hanning(len(time)))
        parts.append(np.zeros(int(0.4 * rate)))
        length = sum(map(len, parts))
    sound = np.concatenate(parts)[: round(seconds * rate)]
    return (0.6 * sound / np.abs(sound).max()).astype(np.float32)[:, None]


def at_speed(samples: Samples, speed: float) -> Samples:
    """The sound as a tape plays it that runs so many times as fast, by sinc interpolation over 32 samples."""
    places = np.arange(int((len(samples) - 1) / speed)) * speed
    whole = places.astype(int)
    taps = np.arange(-15, 17)
    away = (places - whole)[:, None] - taps
    kernel = np.sinc(away) * (0.5 + 0.5 * np.cos(np.pi * away / 17))
    padded = np.pad(samples, ((15, 17), (0, 0)))
    return np.einsum("nt,ntc->nc", kernel, padded[whole[:, None] + taps + 15]).astype(np.float32)


def decibels(sound: NDArray[np.floating], added: NDArray[np.floating]) -> float:
    """How far what was added lies under the sound."""
    return float(10 * np.log10(np.sum(np.square(sound, dtype=float)) / np.sum(np.square(added, dtype=float))))
