"""A mark stays under the sound, wherever one looks."""

import numpy as np
import pytest

from kept.practices.provenance.methods.sound import shaping
from kept.practices.provenance.methods.sound.pattern import pattern
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import decibels, music, speech

PERIOD = shaping.period_of_frames(pattern(MarkKey("k", b"\1" * 32)).period(Payload(1, 2)))


def mark(sound: np.ndarray) -> np.ndarray:
    return shaping.shaped(sound, PERIOD)


@pytest.mark.parametrize("sound", [music(20, 12_000), speech(20, 12_000)], ids=["music", "speech"])
def test_it_lies_as_far_under_the_sound_as_is_said(sound: np.ndarray) -> None:
    far = decibels(sound, mark(sound[:, 0]))
    assert shaping.SNR - 0.7 < far < shaping.SNR + 2.5


def test_a_loud_part_brings_no_mark_into_a_quiet_one() -> None:
    sound = music(20, 12_000)[:, 0]
    sound[: 10 * 12_000] *= 0.01
    made = mark(sound)
    quiet = slice(6 * 12_000, 9 * 12_000)
    assert decibels(sound[quiet], made[quiet]) > shaping.CAP


def test_silence_stays_silent() -> None:
    sound = music(10, 12_000)[:, 0]
    sound[4 * 12_000 : 5 * 12_000] = 0
    made = mark(sound)
    within = made[4 * 12_000 + 600 : 5 * 12_000 - 600]
    assert np.abs(within).max() < 1e-6


def test_nothing_is_heard_before_an_onset() -> None:
    draw = np.random.default_rng(0)
    sound = np.zeros(120_000, np.float32)
    sound[60_000:] = 0.3 * draw.normal(size=60_000)
    made = mark(sound)
    before, after = made[60_000 - 512 : 60_000 - 72], made[61_000:90_000]
    assert np.abs(before).max() < 0.01 * np.sqrt(np.mean(after**2))
