"""A sound, from the service's side: marked, stripped, sped up and found again; silence and scraps are refused."""

from pathlib import Path

import numpy as np
import pytest

from kept.errors import Invalid
from kept.practices.provenance.backends import sounds
from kept.practices.provenance.methods.sound.decoded import Sound
from simulators.provenance_room import opened
from simulators.sounds import music

MODEL = "sha256:" + "a1" * 32
WAV, FLAC, MP3, OGG = "audio/wav", "audio/flac", "audio/mpeg", "audio/ogg"


def written(seconds: float = 12, media_type: str = WAV, seed: int = 1) -> bytes:
    return sounds.write(Sound(music(seconds, seed=seed), 44_100, media_type), media_type)


@pytest.mark.parametrize("media_type", [WAV, FLAC, MP3, OGG])
def test_a_sound_is_ours_with_its_manifest_and_recovered_without(tmp_path: Path, media_type: str) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        assert room.service.check(written(media_type=media_type), media_type).verdict == "none"
        made = room.service.mark(written(media_type=media_type), media_type, MODEL)
        verdict = room.service.check(made, media_type)
        # Ogg can't carry a manifest: the registry holds it, and knows the very file.
        assert (verdict.verdict, verdict.origin, verdict.model) == ("trusted-manifest", "ours", MODEL)
        bare = sounds.write(Sound(sounds.read(made, media_type).samples, 44_100, MP3), MP3)
        stripped = room.service.check(bare, MP3)
        assert (stripped.verdict, stripped.origin, stripped.model) == ("recovered", "ours", MODEL)
        assert (stripped.evidence.watermark.state, stripped.evidence.fingerprint.state) == ("found", "agrees")


def test_a_sound_under_the_mark_of_another_is_told_as_that(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        before = sounds.read(written(), WAV).samples
        residual = sounds.read(room.service.mark(written(), WAV, MODEL), WAV).samples - before
        other = (music(12, seed=2) + residual).clip(-1, 1)
        verdict = room.service.check(sounds.write(Sound(other, 44_100, WAV), WAV), WAV)
        assert (verdict.verdict, verdict.origin, verdict.model) == ("copied-mark", "unknown", None)
        assert verdict.evidence.fingerprint.state == "disagrees"


def test_a_sound_without_its_mark_is_known_by_how_it_sounds(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.keys_new()
        room.service.mark(written(), WAV, MODEL)
        verdict = room.service.check(written(media_type=MP3), MP3)
        assert (verdict.verdict, verdict.origin, verdict.model) == ("fingerprint-only", "ours", MODEL)
        assert (verdict.evidence.watermark.state, verdict.evidence.fingerprint.state) == ("absent", "agrees")
        assert verdict.evidence.fingerprint.looked_up


def test_what_can_not_be_heard_can_not_be_marked(tmp_path: Path) -> None:
    silent = sounds.write(Sound(np.zeros((44_100 * 6, 1), np.float32), 44_100, WAV), WAV)
    with opened(tmp_path) as room:
        room.service.keys_new()
        for data in (silent, written(1)):
            with pytest.raises(Invalid):
                room.service.mark(data, WAV, MODEL)
            assert room.service.check(data, WAV).verdict == "none"
        assert room.service._registry.count() == 0
