"""What is heard has no spectrum of its own, and a line of the pattern is read from it at any speed."""

import numpy as np
import pytest

from kept.practices.provenance.methods.sound.hearing import WINDOW, Heard, heard, whitened
from kept.practices.provenance.methods.sound.pattern import PERIOD, lines, pattern
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import music

FOUND = pattern(MarkKey("k", b"\1" * 32))


def heard_plainly(samples: np.ndarray) -> Heard:
    """As `heard`, of samples that are the pattern alone, whose spectrum is even already."""
    return heard(samples.astype(np.float32))


def test_the_spectrum_of_the_sound_is_taken_away() -> None:
    plain = whitened(music(20, 12_000)[:, 0])
    power = np.abs(np.fft.rfft(plain)) ** 2
    bands = power[600 * 20 : 5_400 * 20].reshape(48, -1).mean(axis=1)
    assert bands.max() / bands.min() < 30


@pytest.mark.parametrize("count", [12_000, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_windows_are_equal_and_cover_all(count: int) -> None:
    found = heard(np.ones(count, np.float32))
    assert len(found.spectra) == -(-count // WINDOW)
    assert found.length * len(found.middles) >= count
    assert found.length <= WINDOW
    assert found.middles.sum() == 0


@pytest.mark.parametrize("windows", [1, 3])
def test_a_line_has_the_phase_of_the_pattern_at_the_middle(windows: int) -> None:
    period = FOUND.period(Payload(1, 2))
    count = windows * WINDOW
    found = heard_plainly(np.tile(period, count // PERIOD))
    sync, _ = lines()
    read = found.lines(sync, 1.0)
    middle = found.length // 2 + (windows - 1) / 2 * found.length
    expected = FOUND.sync_phasors * np.exp(2j * np.pi * sync * (middle / PERIOD))
    alike = np.vdot(expected, read).real / (np.linalg.norm(expected) * np.linalg.norm(read))
    assert alike > 0.9


def test_silence_is_heard_as_nothing() -> None:
    assert np.abs(heard(np.zeros(60_000, np.float32)).spectra).max() == 0
