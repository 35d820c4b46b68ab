"""What `kept assess` records about marks: coverage of what the model made, or of the detector alone on stand-ins."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kept import models
from kept.errors import Invalid, NotFound
from kept.practices.provenance.backends import pictures, sounds
from kept.practices.provenance.methods.picture import Picture
from kept.practices.provenance.methods.sound.decoded import Sound
from kept.practices.provenance.methods.standins import picture, sound
from kept.predicates.detector_evaluation import DetectorEvaluation
from kept.predicates.provenance_coverage import ProvenanceCoverage
from simulators.provenance_room import Room, opened

MODEL = "organism:rules?seed=7"
QUICK = {"pieces": 4, "attacks": ["none", "jpeg-70"]}


def assess(room: Room, section: dict[str, Any]) -> Any:
    model = models.open_model(MODEL)
    return asyncio.run(room.service.assessor.assess(model, section, by=room.actor))


def test_stand_ins_measure_the_detector_and_say_nothing_about_the_model(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        found = assess(room, QUICK)
        (index,) = found.evidence
        stated = next(each for each in room.ledger.statements(DetectorEvaluation.of_type) if each.index == index)
        read = DetectorEvaluation.parse(stated.statement)
        read.check()
        assert (read.sample, read.overall.n, read.overall.found, read.unmarked.found) == ("stand-ins", 4, 4, 0)
        assert [one.attack for one in read.attacks] == ["none", "jpeg-70"]
        assert stated.entry.model == ""
        assert list(room.ledger.statements(ProvenanceCoverage.of_type)) == []
        assert "stand-ins, which say nothing about the model" in found.summary["told"][0]


def test_samples_that_the_model_made_give_its_coverage(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    for seed in range(4):
        drawn = Picture(picture(seed, height=300, width=300), "image/png")
        (samples / f"{seed}.png").write_bytes(pictures.write(drawn, "image/png"))
    (samples / "notes.txt").write_text("not a picture")
    (samples / "again.png").symlink_to(samples / "0.png")
    with opened(tmp_path) as room:
        found = assess(room, {**QUICK, "samples": str(samples)})
        (stated,) = room.ledger.statements(ProvenanceCoverage.of_type)
        read = ProvenanceCoverage.parse(stated.statement)
        read.check()
        assert stated.index in found.evidence
        assert stated.entry.model == read.model == models.open_model(MODEL).identity.id
        assert (read.n, read.found, read.user_data) == (4, 4, False)
        assert room.service._registry.count() == 0
        with pytest.raises(NotFound, match="holds 4 pictures; 100 are measured"):
            assess(room, {"samples": str(samples)})


def test_the_default_measures_each_kind_once_and_only_where_marks_are_made(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        assert assess(room, {}).evidence == ()
        room.service.keys_new()
        (index,) = assess(room, QUICK).evidence
        again = assess(room, {})
        assert f"pictures were measured in entry {index}" in again.summary["told"][0]
        assert "12 of 12 sounds found again" in again.summary["told"][1]
        (sounds,) = again.evidence
        third = assess(room, {})
        assert third.evidence == ()
        assert f"sounds were measured in entry {sounds}" in third.summary["told"][1]


def test_sounds_that_the_model_made_give_its_coverage(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    for seed in range(2):
        data = sounds.write(Sound(sound(seed), 44_100, "audio/flac"), "audio/flac")
        (samples / f"{seed}.flac").write_bytes(data)
    (samples / "picture.png").write_bytes(b"not a sound")
    with opened(tmp_path) as room:
        found = assess(room, {"media": "audio", "samples": str(samples), "pieces": 2, "attacks": ["16-khz"]})
        (stated,) = room.ledger.statements(ProvenanceCoverage.of_type)
        read = ProvenanceCoverage.parse(stated.statement)
        read.check()
        assert stated.index in found.evidence
        assert (read.media, read.n, read.found) == ("audio", 2, 2)


@pytest.mark.parametrize(
    "section",
    [{"piece": 1}, {"pieces": 0}, {"pieces": True}, {"pieces": "4"}, {"samples": 3}, {"attacks": "none"}, {"seed": -1},
     {"attacks": ["regeneration"]}, {"media": "video"}, {"media": ["audio"]},
     {"media": "audio", "attacks": ["mirror"]}],
)  # fmt: skip
def test_a_section_that_can_not_be_done_is_refused_before_anything(tmp_path: Path, section: dict[str, Any]) -> None:
    with opened(tmp_path) as room, pytest.raises(Invalid, match="provenance section"):
        room.service.assessor.check(section)
