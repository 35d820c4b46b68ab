"""A key gives the pattern of a sound, and the pattern says the payload."""

import numpy as np

from kept.practices.provenance.methods import code
from kept.practices.provenance.methods.sound.pattern import HIGHEST, LOWEST, PERIOD, RATE, SEARCHED, lines, pattern
from kept.practices.provenance.records import MarkKey, Payload

KEY, OTHER = MarkKey("one", b"\1" * 32), MarkKey("two", b"\2" * 32)
SAID = Payload(model=77, content=123_456_789_012)


def test_the_lines_lie_between_600_hz_and_5_500_hz_each_once() -> None:
    sync, data = lines()
    every = np.concatenate([sync, data])
    assert len(np.unique(every)) == len(every) == HIGHEST - LOWEST
    assert every.min() * RATE / PERIOD > 600
    assert every.max() * RATE / PERIOD < 5_501
    assert np.mean(sync < SEARCHED) > 0.6


def test_every_sign_is_carried_in_every_octave_and_below_what_8_khz_holds() -> None:
    found = pattern(KEY)
    axes = np.repeat(found.data, 2) * RATE / PERIOD
    for low, high in ((1600, 2600), (2600, 3400), (3400, 5500)):
        within = found.places[(axes >= low) & (axes < high)]
        assert set(within.tolist()) == set(range(code.CODED))


def test_what_was_written_is_read() -> None:
    found = pattern(KEY)
    signs = code.encode(SAID)
    assert (np.sign(found.read(found.written(signs))) == signs).all()


def test_a_period_has_unit_power_and_repeats_for_equal_keys_and_payloads() -> None:
    period = pattern(KEY).period(SAID)
    assert period.shape == (PERIOD,)
    assert np.isclose(np.mean(period**2), 1, rtol=1e-4)
    again = pattern(MarkKey("another name", b"\1" * 32)).period(SAID)
    assert (again == period).all()


def test_another_key_gives_a_pattern_that_has_nothing_to_do_with_it() -> None:
    one, two = pattern(KEY).period(SAID), pattern(OTHER).period(SAID)
    alike = np.fft.irfft(np.fft.rfft(one) * np.fft.rfft(two).conj()) / PERIOD
    assert np.abs(alike).max() < 0.1
