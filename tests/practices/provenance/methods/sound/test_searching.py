"""A pattern is found at its speed and offset; without one, the statistic stays under its bound."""

import math

import numpy as np
import pytest

from kept.practices.provenance.methods import presence
from kept.practices.provenance.methods.sound import searching
from kept.practices.provenance.methods.sound.hearing import heard
from kept.practices.provenance.methods.sound.pattern import PERIOD, pattern
from kept.practices.provenance.methods.sound.searching import EIGHTH, OFFSETS, Place
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import at_speed, music, speech

FOUND = pattern(MarkKey("k", b"\1" * 32))


def marked(seconds: float, speed: float = 1.0, sign: int = 1) -> np.ndarray:
    """Noise with the pattern 14 dB under it."""
    count = round(seconds * 12_000)
    noise = np.random.default_rng(1).normal(size=count)
    period = FOUND.period(Payload(1, 2))
    mark = np.tile(period, int(count * speed) // PERIOD + 2)[:, None]
    return (noise + sign * 0.2 * at_speed(mark, speed)[:count, 0]).astype(np.float32)


@pytest.mark.parametrize("cut", [0, 777, 12_345])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_offset_is_found_and_so_is_a_turned_sign(cut: int, sign: int) -> None:
    found = heard(marked(10, sign=sign)[cut:])
    place = searching.aligned(found, FOUND)
    assert place.sign == sign
    assert place.score > 8
    middle = found.length // 2 + cut
    assert abs((place.position / EIGHTH - middle + PERIOD / 2) % PERIOD - PERIOD / 2) <= 1


@pytest.mark.parametrize("speed", [0.951, 0.98, 1.0017, 1.02, 1.0494])
def test_a_speed_is_found_to_a_few_millionths(speed: float) -> None:
    found = heard(marked(10, speed))
    (place, which), *_ = searching.anywhere(found, [pattern(MarkKey("other", b"\2" * 32)), FOUND], 3)
    assert which == 1
    near = searching.refined(found, FOUND, place)
    assert near.score > place.score
    assert abs(near.speed - speed) < 2e-5


def test_a_place_is_seen_from_another_point() -> None:
    place = Place(9.0, 20_000, 100 * EIGHTH)
    assert place.seen_from(PERIOD / 1.02) == pytest.approx(100 * EIGHTH, abs=1)
    assert place.seen_from(-1000) == (100 - 1020) * EIGHTH % OFFSETS


@pytest.mark.parametrize("sound", [music(8, 12_000), speech(8, 12_000)], ids=["music", "speech"])
def test_scores_of_unmarked_sounds_stay_under_their_bound(sound: np.ndarray) -> None:
    found = heard(sound[:, 0])
    reached = []
    for number in range(60):
        each = pattern(MarkKey("k", number.to_bytes(32, "big")))
        reached.append(searching.aligned(found, each).score)
    # Of 2 · PERIOD scores for each key.
    for score in (4.0, 4.5, 5.0):
        expected = min(1.0, 2 * PERIOD * math.exp(-(score**2) / 2))
        assert np.mean(np.array(reached) > score) <= expected + 3 * math.sqrt(expected / len(reached))
    assert max(reached) < presence.threshold(1e-3, 60 * 2 * PERIOD)
