"""A fingerprint tells the same sound, or a part of it, after what a mark survives, and other sounds from it."""

from functools import cache
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint import sound
from kept.practices.provenance.methods.fingerprint.sound import SoundFingerprint, compare, fingerprint

RATE = 16000
Samples = NDArray[np.float64]


@cache
def music(seed: int, seconds: float = 16.0) -> Samples:
    """Three voices with overtones that fade, and a drum: other notes, speeds and instruments for each seed."""
    generator = np.random.default_rng(seed)
    count = int(seconds * RATE)
    times = np.arange(count) / RATE
    tune = 0.005 * generator.standard_normal(count)
    for _ in range(3):
        pace = generator.uniform(0.2, 0.6)
        note = (times / pace).astype(int)
        pitch = 110 * 2 ** (generator.integers(0, 30, note.max() + 1) / 12)
        phase = 2 * np.pi * np.cumsum(pitch[note]) / RATE
        fade = np.exp(-3 * (times % pace) / pace)
        weights = generator.uniform(0, 1, 8) / np.arange(1, 9)
        tune += 0.1 * fade * (weights[:, None] * np.sin(np.arange(1, 9)[:, None] * phase)).sum(axis=0)
    beat = np.exp(-30 * (times % generator.uniform(0.3, 0.5)))
    return tune + 0.05 * beat * generator.standard_normal(count)


@cache
def stored(seed: int) -> SoundFingerprint:
    return fingerprint(music(seed), RATE)


def resampled(samples: Samples, up: int, down: int) -> Samples:
    shared = gcd(up, down)
    return resample_poly(samples, up // shared, down // shared)


def noisy(samples: Samples, decibels: float) -> Samples:
    power = np.sqrt((samples**2).mean()) * 10 ** (-decibels / 20)
    return samples + power * np.random.default_rng(0).standard_normal(len(samples))


ATTACKS = {
    "none": lambda samples: samples,
    "noise": lambda samples: noisy(samples, 20),
    "louder, clipped": lambda samples: np.clip(3 * samples, -0.5, 0.5),
    "eight bits": lambda samples: np.rint(samples * 127) / 127,
    "telephone": lambda samples: sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), samples),
    "less treble": lambda samples: sosfilt(butter(1, 1000, fs=RATE, output="sos"), samples),
    "an excerpt": lambda samples: samples[int(5.03 * RATE) : int(10.03 * RATE)],
    "within another": lambda samples: np.concatenate((music(99, 4.017), samples[: 8 * RATE], music(98, 3))),
    "echo": lambda samples: samples + 0.3 * np.roll(samples, 1600),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_sound_agrees_after_an_attack(seed: int, attack: str) -> None:
    samples = music(seed)
    agreement = compare(stored(seed), ATTACKS[attack](samples), RATE)
    assert agreement.state == "agrees"
    assert agreement.share > 0.75


@pytest.mark.parametrize("seed", range(4))
def test_other_sounds_disagree(seed: int) -> None:
    for other in range(10, 16):
        agreement = compare(stored(seed), music(other, 9), RATE)
        assert agreement.state == "disagrees"
        assert agreement.p_value > 1e-3


@pytest.mark.parametrize("speed", [0.95, 1.03, 1.05])
def test_a_sound_at_another_speed_agrees_once_the_speed_is_known(speed: float) -> None:
    samples = music(1)
    faster = resampled(samples, 1000, round(1000 * speed))
    assert compare(stored(1), faster, RATE, speed=speed).state == "agrees"


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000])
def test_the_rate_does_not_matter(rate: int) -> None:
    samples = music(2)
    stereo = np.stack([resampled(samples, rate, RATE)] * 2, axis=1)
    agreement = compare(stored(2), stereo, rate)
    assert agreement.state == "agrees"
    assert agreement.share > 0.9


def test_silence_noise_floor_and_moments_are_inconclusive() -> None:
    assert compare(stored(3), np.zeros(5 * RATE), RATE).compared == 0
    assert compare(stored(3), np.full(5 * RATE, np.nan), RATE).compared == 0
    assert compare(stored(3), music(3)[:3000], RATE).state == "inconclusive"
    assert compare(stored(3), np.zeros(0), RATE).state == "inconclusive"
    assert compare(fingerprint(np.zeros((5 * RATE, 2)), RATE), music(3), RATE).state == "inconclusive"


def test_what_is_longer_than_is_kept_never_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "LONGEST_SECONDS", 8)
    long = music(4)
    short = fingerprint(long, RATE)
    assert short.cut
    assert compare(short, long[: 6 * RATE], RATE).state == "agrees"
    assert compare(short, long[10 * RATE :], RATE).state == "inconclusive"


@given(st.integers(0, 40), st.booleans(), st.integers(0, 2**32))
def test_a_fingerprint_comes_back_from_its_bytes(count: int, cut: bool, seed: int) -> None:
    signs = np.random.default_rng(seed).integers(-1, 2, (count, sound.BANDS - 1)).astype(np.int8)
    again = SoundFingerprint.from_bytes(SoundFingerprint(signs, cut).to_bytes())
    assert (again.signs == signs).all()
    assert again.cut == cut


@pytest.mark.parametrize(
    "data", [b"", b"S1", b"S1\0\1\0\0\0", b"S1\0\xff\xff\xff\xff", b"P1" + bytes(50), b"S1\7" + bytes(4)]
)
def test_bytes_that_are_no_fingerprint_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        SoundFingerprint.from_bytes(data)


def test_it_takes_fifty_bytes_a_second() -> None:
    assert len(fingerprint(music(5), RATE).to_bytes()) < 16 * 51
