"""A sound track is marked a stretch at a time as it would be at once."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from kept.practices.provenance.backends import videos
from kept.practices.provenance.backends.videos import sounding
from kept.practices.provenance.backends.videos.sounding import stretches
from kept.practices.provenance.methods import sound as sounds
from kept.practices.provenance.methods.sound.pattern import PERIOD, RATE
from kept.practices.provenance.records import MarkKey, Payload
from simulators.camera import chord, developed, filmed

KEY, PAYLOAD = MarkKey("one", bytes(range(32))), Payload(77, 123_456_789)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_stretches_are_whole_periods_in_whole_samples(rate: int) -> None:
    for length in stretches(rate):
        assert length * RATE % (rate * PERIOD) == 0
    stretch, lead = stretches(rate)
    assert 80 < stretch / rate < 100
    assert 5 < lead / rate < 10


def test_a_passage_across_the_end_of_a_stretch_reads_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sounding, "_STRETCH", 8)
    film = developed(filmed(photographs.coffee(), 4, size=(160, 144)), sound=chord(30))
    videos.mark(film, tmp_path / "out", "video/mp4", PAYLOAD, KEY)
    track = videos.sound(tmp_path / "out", "video/mp4")
    assert track is not None
    samples, rate = track
    assert len(samples) == pytest.approx(30 * rate, abs=4096)
    end = stretches(rate)[0]
    for middle in (end, 2 * end):
        passage = np.ascontiguousarray(samples[middle - 4 * rate : middle + 4 * rate])
        found = sounds.detect(passage, rate, [KEY])
        assert found is not None
        assert found.payload == PAYLOAD
