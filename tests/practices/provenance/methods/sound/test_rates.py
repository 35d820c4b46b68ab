"""Converting keeps what both rates can hold, in place and in size."""

import numpy as np
import pytest

from kept.practices.provenance.methods.sound.rates import converted
from simulators.sounds import decibels

RATES = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 47_999, 48_000, 96_000, 192_000)


def tones(seconds: float, rate: int) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return sum(np.sin(2 * np.pi * pitch * time + pitch) for pitch in (233.0, 1234.5, 3456.7)).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_tones_stay_what_they_are(rate: int) -> None:
    made = converted(tones(7.3, rate), rate, 12_000)
    true = tones(7.3, 12_000)
    assert abs(len(made) - len(true)) <= 1
    inside = slice(1200, len(true) - 1200)
    assert decibels(true[inside], made[inside] - true[inside]) > 50


@pytest.mark.parametrize("rate", RATES)
def test_and_come_back(rate: int) -> None:
    true = tones(4.1, rate)
    back = converted(converted(true, rate, 12_000), 12_000, rate)[: len(true)]
    inside = slice(rate // 10, len(true) - rate // 10)
    assert len(back) == len(true)
    assert decibels(true[inside], back[inside] - true[inside]) > 45


def test_what_the_lower_rate_cannot_hold_falls_away() -> None:
    time = np.arange(44_100 * 3) / 44_100
    made = converted(np.sin(2 * np.pi * 9_000 * time), 44_100, 12_000)
    assert np.abs(made[600:-600]).max() < 1e-3


@pytest.mark.parametrize("count", [0, 1, 7, 4_410])
def test_short_sounds_are_converted_too(count: int) -> None:
    assert len(converted(np.ones(count, np.float32), 44_100, 12_000)) == -(-count * 12_000 // 44_100)


def test_equal_rates_give_the_same_samples() -> None:
    samples = np.random.default_rng(0).normal(size=1000)
    assert (converted(samples, 12_000, 12_000) == samples.astype(np.float32)).all()
