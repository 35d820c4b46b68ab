"""A marked sound is the sound, but for a mark that nobody hears; what can't be marked is refused by name."""

import inspect

import numpy as np
import pytest

from kept.errors import Invalid
from kept.practices.provenance.methods.sound import beginning, detect, embed
from kept.practices.provenance.methods.sound.marking import SHORTEST
from kept.practices.provenance.methods.sound.pattern import PERIOD
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import decibels, music, speech

KEY, SAID = MarkKey("one", b"\1" * 32), Payload(model=77, content=123_456_789_012)
HUM = 0.5 * np.sin(2 * np.pi * 50 / 16_000 * np.arange(96_000, dtype=np.float32))[:, None]


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (22_050, 2), (44_100, 2), (96_000, 1), (48_000, 6)])
def test_shape_type_and_rate_stay_and_the_mark_lies_30_db_under(rate: int, channels: int) -> None:
    sound = music(6, rate, channels)
    marked = embed(sound, rate, SAID, KEY)
    assert (marked.shape, marked.dtype) == (sound.shape, sound.dtype)
    assert decibels(sound, marked - sound) >= 30


def test_the_sound_given_is_left_as_it_is() -> None:
    sound = music(6, 16_000)
    before = sound.copy()
    embed(sound, 16_000, SAID, KEY)
    assert (sound == before).all()


def test_double_precision_stays() -> None:
    sound = music(6, 16_000).astype(np.float64)
    marked = embed(sound, 16_000, SAID, KEY)
    assert marked.dtype == np.float64
    assert np.allclose(marked, embed(sound.astype(np.float32), 16_000, SAID, KEY), atol=1e-5)


@pytest.mark.parametrize("peak", [1.0, 1.7])
def test_no_peak_grows_over_full_scale(peak: float) -> None:
    sound = music(6, 16_000, 2)
    sound *= peak / np.abs(sound).max()
    assert np.abs(embed(sound, 16_000, SAID, KEY)).max() <= np.abs(sound).max()


def test_a_silent_channel_stays_silent() -> None:
    sound = music(6, 16_000, 2)
    sound[:, 1] = 0
    marked = embed(sound, 16_000, SAID, KEY)
    assert np.abs(marked[:, 1]).max() < 1e-6
    assert decibels(sound, marked - sound) >= 30


def test_pauses_stay_silent() -> None:
    sound = speech(8)
    marked = embed(sound, 16_000, SAID, KEY)
    silent = np.convolve(np.abs(sound[:, 0]), np.ones(1601), "same") == 0
    assert silent.sum() > 8_000
    assert np.abs(marked[silent]).max() < 1e-6


def test_stretches_join_where_they_meet() -> None:
    sound = music(100, 8_000)
    added = (embed(sound, 8_000, SAID, KEY) - sound)[:, 0]
    level = np.sqrt(np.mean((added[: 8_000 * 96].reshape(-1, 800)) ** 2, axis=1))
    jump = np.abs(np.diff(np.log(level)))
    seam = int(64 * 16_384 / 12_000 * 10)
    assert jump[seam - 2 : seam + 2].max() <= np.quantile(jump, 0.99)


def test_parts_that_begin_alike_go_on_as_one() -> None:
    sound = music(40, 12_000)
    begin = beginning(sound, 12_000, SAID, KEY)
    half = 16 * PERIOD
    parts = [embed(part, 12_000, SAID, KEY, begin=begin) for part in (sound[:half], sound[half:])]
    joined = np.concatenate(parts)[half - 5 * 12_000 : half + 5 * 12_000]
    found = detect(joined, 12_000, [KEY], full=False)
    assert found is not None
    assert found.payload == SAID
    within = (half - 5 * 12_000 + begin) % PERIOD / 12_000
    assert found.offset == pytest.approx(within, abs=0.001)
    assert (embed(sound, 12_000, SAID, KEY) == embed(sound, 12_000, SAID, KEY, begin=begin)).all()


def test_equal_content_and_key_give_equal_marks_and_there_is_no_place_for_a_user() -> None:
    sound = music(6, 16_000)
    assert (embed(sound, 16_000, SAID, KEY) == embed(sound, 16_000, SAID, KEY)).all()
    assert set(inspect.signature(embed).parameters) == {"samples", "rate", "payload", "key", "begin"}


@pytest.mark.parametrize(
    ("samples", "rate", "says"),
    [
        (music(SHORTEST - 0.1, 16_000), 16_000, r"lasts 4\.90 s"),
        (np.zeros((0, 1), np.float32), 16_000, r"lasts 0\.00 s"),
        (np.zeros((160_000, 1), np.float32), 16_000, "silent"),
        (1e-5 * music(6, 16_000), 16_000, "silent"),
        (np.full((160_000, 1), np.nan, np.float32), 16_000, "not finite"),
        (np.where(np.arange(96_000)[:, None] == 5, np.float32(np.inf), music(6, 16_000)), 16_000, "not finite"),
        (music(6, 16_000)[:, 0], 16_000, "no sound"),
        (np.zeros((96_000, 0), np.float32), 16_000, "no sound"),
        ((1e4 * music(6, 16_000)).astype(np.int16), 16_000, "no sound"),
        (music(6, 4_000), 4_000, "4000 Hz"),
        (np.full((96_000, 1), 0.5, np.float32), 16_000, "next to nothing between"),
        (HUM, 16_000, "next to nothing between"),
        (3e4 * music(6, 16_000), 16_000, "full scale is 1"),
    ],
    ids=[
        "short",
        "empty",
        "silent",
        "almost silent",
        "nan",
        "infinite",
        "flat",
        "no channel",
        "integers",
        "rate",
        "constant",
        "hum",
        "scale",
    ],
)
def test_what_cannot_be_marked_is_refused(samples: np.ndarray, rate: int, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        embed(samples, rate, SAID, KEY)
    assert refused.value.hint
