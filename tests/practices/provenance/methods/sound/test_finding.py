"""A mark is found in what becomes of a sound, says what was embedded, and is never found where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.methods.presence import GATE
from kept.practices.provenance.methods.sound import detect, embed
from kept.practices.provenance.methods.sound.rates import converted
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import at_speed, music, speech

KEY, OTHER = MarkKey("one", b"\1" * 32), MarkKey("two", b"\2" * 32)
PERIOD = 16_384 / 12_000
SAID = Payload(model=77, content=123_456_789_012)
MUSIC = music(11, 44_100, 2)
MARKED = embed(MUSIC, 44_100, SAID, KEY)


def at_rate(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    return np.stack([converted(channel, source, target) for channel in samples.T], axis=1)


def test_what_was_embedded_is_found_and_under_which_key() -> None:
    found = detect(MARKED, 44_100, [OTHER, KEY])
    assert found is not None
    assert (found.payload, found.key_id) == (SAID, "one")
    assert found.p_value < GATE
    assert found.speed == pytest.approx(1, abs=1e-5)
    assert 0 <= found.offset < PERIOD
    assert found.hypotheses > 2**64 * 2


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 4 * 44_100))
def test_any_cut_is_enough(start: int) -> None:
    found, whole = detect(MARKED[start : start + 7 * 44_100], 44_100, [KEY]), detect(MARKED, 44_100, [KEY])
    assert found is not None
    assert whole is not None
    assert found.payload == SAID
    later = found.offset - whole.offset - start / 44_100
    assert abs((later + PERIOD / 2) % PERIOD - PERIOD / 2) < 0.001


@pytest.mark.parametrize("speed", [0.95, 0.98, 1.003, 1.02, 1.05])
def test_another_speed_is_found(speed: float) -> None:
    marked = embed(music(8, 16_000), 16_000, SAID, KEY)
    found = detect(at_speed(marked, speed), 16_000, [OTHER, KEY])
    assert found is not None
    assert found.payload == SAID
    assert found.speed == pytest.approx(speed, abs=3e-5)


def test_without_the_full_search_only_its_own_speed_is_tried() -> None:
    marked = embed(music(8, 16_000), 16_000, SAID, KEY)
    found = detect(marked, 16_000, [KEY], full=False)
    assert found is not None
    assert found.payload == SAID
    assert detect(at_speed(marked, 1.02), 16_000, [KEY], full=False) is None


CHANGES = {
    "one channel": lambda x, draw: (x[:, :1], 44_100),
    "mono": lambda x, draw: (x.mean(axis=1, keepdims=True), 44_100),
    "upside down": lambda x, draw: (-x, 44_100),
    "quiet": lambda x, draw: (0.03 * x, 44_100),
    "noise 20 dB under": lambda x, draw: (
        x + draw.normal(size=x.shape, scale=0.1 * np.sqrt(np.mean(x**2))).astype(np.float32),
        44_100,
    ),
    "8 bits": lambda x, draw: (np.round(x * 127).astype(np.float32) / 127, 44_100),
    "clipped": lambda x, draw: (np.clip(x, -0.2, 0.2), 44_100),
    "8 kHz": lambda x, draw: (at_rate(x, 44_100, 8_000), 8_000),
    "16 kHz": lambda x, draw: (at_rate(x, 44_100, 16_000), 16_000),
    "96 kHz": lambda x, draw: (at_rate(x, 44_100, 96_000), 96_000),
    "within silence": lambda x, draw: (np.pad(x[: 9 * 44_100], ((4 * 44_100, 7 * 44_100), (0, 0))), 44_100),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_mark_outlives_what_is_done_to_sounds(change: str) -> None:
    samples, rate = CHANGES[change](MARKED, np.random.default_rng(0))
    found = detect(samples, rate, [KEY])
    assert found is not None
    assert found.payload == SAID


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 48_000, 96_000])
def test_sounds_of_every_rate_are_marked_and_found_at_16_khz_too(rate: int) -> None:
    sound = music(8, rate)
    marked = embed(sound, rate, SAID, KEY)
    for samples, heard_at in ((marked, rate), (at_rate(marked, rate, 16_000), 16_000)):
        found = detect(samples, heard_at, [KEY])
        assert found is not None
        assert found.payload == SAID


def test_speech_with_pauses_is_marked() -> None:
    found = detect(embed(speech(10), 16_000, SAID, KEY), 16_000, [KEY])
    assert found is not None
    assert found.payload == SAID


def test_five_seconds_are_enough() -> None:
    found = detect(embed(MUSIC[: 5 * 44_100], 44_100, SAID, KEY), 44_100, [KEY])
    assert found is not None
    assert found.payload == SAID


def test_a_marked_part_of_a_long_sound_is_found() -> None:
    long = music(100, 8_000, seed=5)
    long[60 * 8_000 : 72 * 8_000] = embed(long[60 * 8_000 : 72 * 8_000], 8_000, SAID, KEY)
    found = detect(long, 8_000, [KEY])
    assert found is not None
    assert found.payload == SAID
    of_a_part = detect(MARKED, 44_100, [KEY])
    assert of_a_part is not None
    assert found.hypotheses > of_a_part.hypotheses


@pytest.mark.parametrize("sound", [MUSIC, music(30, 8_000, seed=3)], ids=["stereo", "30 s"])
def test_nothing_is_found_where_there_is_no_mark(sound: np.ndarray) -> None:
    assert detect(sound, 44_100 if sound is MUSIC else 8_000, [KEY, OTHER]) is None


def test_another_key_finds_nothing() -> None:
    assert detect(MARKED, 44_100, [OTHER]) is None
    assert detect(MARKED, 44_100, []) is None


def test_a_stricter_gate_may_hold_back_what_a_wider_one_lets_through() -> None:
    weak = MUSIC + 0.18 * (MARKED - MUSIC)
    found = detect(weak, 44_100, [KEY])
    assert found is not None
    assert detect(weak, 44_100, [KEY], gate=found.p_value / 10) is None


@pytest.mark.parametrize(
    "silent",
    [np.zeros((441_000, 2), np.float32), 1e-7 * MUSIC, MARKED[:20_000], MARKED[:0]],
    ids=["silent", "almost silent", "half a second", "empty"],
)
def test_silence_and_moments_hold_no_mark(silent: np.ndarray) -> None:
    assert detect(silent, 44_100, [KEY]) is None


def test_what_is_no_sound_is_refused() -> None:
    broken = MARKED.copy()
    broken[1000, 1] = np.nan
    with pytest.raises(Invalid, match="not finite"):
        detect(broken, 44_100, [KEY])
    with pytest.raises(Invalid, match="outside"):
        detect(MARKED, 400_000, [KEY])
