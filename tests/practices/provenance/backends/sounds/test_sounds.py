"""Sounds are read and written as they came, and whatever is wrong with a file is said as one of the six errors."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.errors import Invalid, KeptError
from kept.practices.provenance.backends import sounds
from kept.practices.provenance.backends.sounds.bounds import Bounds
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.sound import detect, embed
from kept.practices.provenance.methods.sound.decoded import Sound
from kept.practices.provenance.records import MarkKey, Payload
from simulators.sounds import decibels, music

KEY, SAID = MarkKey("one", b"\1" * 32), Payload(model=77, content=123_456_789_012)
TYPES = {"WAV": "audio/wav", "FLAC": "audio/flac", "MP3": "audio/mpeg", "OGG": "audio/ogg"}
MUSIC = music(6, 16_000)


def file(samples: np.ndarray, rate: int, form: str, subtype: str, **tags: str) -> bytes:
    buffer = BytesIO()
    with soundfile.SoundFile(buffer, "w", rate, samples.shape[1], subtype, format=form) as opened:
        for key, value in tags.items():
            setattr(opened, key, value)
        opened.write(samples)
    return buffer.getvalue()


def m4a(samples: np.ndarray = MUSIC, rate: int = 16_000, subtype: str = "aac fltp") -> bytes:
    return sounds.write(Sound(samples, rate, "audio/mp4", subtype, 96_000, tags={"title": "A song"}), "audio/mp4")


SMALL = {
    "audio/wav": file(MUSIC, 16_000, "WAV", "PCM_16"),
    "audio/flac": file(MUSIC, 16_000, "FLAC", "PCM_16"),
    "audio/mpeg": file(MUSIC, 16_000, "MP3", "MPEG_LAYER_III"),
    "audio/ogg": file(MUSIC, 16_000, "OGG", "VORBIS"),
    "audio/mp4": m4a(),
}
LOSSLESS = [
    ("WAV", "PCM_16", 44_100, 2),
    ("WAV", "PCM_24", 96_000, 1),
    ("WAV", "PCM_32", 8_000, 2),
    ("WAV", "FLOAT", 22_050, 2),
    ("WAV", "DOUBLE", 44_100, 1),
    ("WAV", "PCM_U8", 8_000, 1),
    ("FLAC", "PCM_16", 44_100, 2),
    ("FLAC", "PCM_24", 48_000, 6),
]
LOSSY = [("MP3", "MPEG_LAYER_III", 44_100, 2), ("OGG", "VORBIS", 44_100, 2), ("OGG", "OPUS", 48_000, 1)]


@pytest.mark.parametrize(("form", "subtype", "rate", "channels"), LOSSLESS)
def test_what_loses_nothing_comes_back_sample_for_sample(form: str, subtype: str, rate: int, channels: int) -> None:
    sound = sounds.read(file(music(1, rate, channels), rate, form, subtype), TYPES[form])
    again = sounds.read(sounds.write(sound, TYPES[form]), TYPES[form])
    assert (again.rate, again.subtype, sound.subtype) == (rate, subtype, subtype)
    assert again.samples.dtype == sound.samples.dtype
    assert np.array_equal(again.samples, sound.samples)


@pytest.mark.parametrize("subtype", ["alac s16p", "alac s32p"])
def test_so_does_apple_lossless(subtype: str) -> None:
    sound = sounds.read(m4a(music(1, 44_100, 2), 44_100, subtype), "audio/mp4")
    again = sounds.read(sounds.write(sound, "audio/mp4"), "audio/mp4")
    assert again.subtype == subtype
    assert np.array_equal(again.samples, sound.samples)


@pytest.mark.parametrize(("form", "subtype", "rate", "channels"), LOSSY)
def test_what_loses_something_is_written_as_long_and_no_coarser(
    form: str, subtype: str, rate: int, channels: int
) -> None:
    sound = sounds.read(file(music(4, rate, channels), rate, form, subtype), TYPES[form])
    again = sounds.read(sounds.write(sound, TYPES[form]), TYPES[form])
    assert again.samples.shape == sound.samples.shape == (4 * rate, channels)
    assert again.bit_rate >= 0.97 * sound.bit_rate
    assert decibels(sound.samples, again.samples - sound.samples) > 20


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (48_000, 6)])
def test_m4a_keeps_its_length_and_its_channels(rate: int, channels: int) -> None:
    sound = sounds.read(m4a(music(4, rate, channels), rate), "audio/mp4")
    again = sounds.read(sounds.write(sound, "audio/mp4"), "audio/mp4")
    assert again.samples.shape == sound.samples.shape == (4 * rate, channels)
    assert again.layout == sound.layout
    assert again.bit_rate >= 0.9 * sound.bit_rate


@pytest.mark.parametrize("form", ["WAV", "FLAC", "MP3", "OGG"])
def test_tags_are_kept(form: str) -> None:
    subtype = soundfile.default_subtype(form)
    sound = sounds.read(file(MUSIC, 16_000, form, subtype, title="A song", artist="Somebody"), TYPES[form])
    again = sounds.read(sounds.write(sound, TYPES[form]), TYPES[form])
    assert again.tags == sound.tags == {"title": "A song", "artist": "Somebody"}
    assert "song" not in repr(sound)


def test_tags_of_m4a_are_kept() -> None:
    assert sounds.read(SMALL["audio/mp4"], "audio/mp4").tags == {"title": "A song"}


@pytest.mark.parametrize("media_type", SMALL)
def test_a_mark_is_found_in_the_file_that_was_written(media_type: str) -> None:
    sound = sounds.read(SMALL[media_type], media_type)
    marked = sounds.write(sound.having(embed(sound.samples, sound.rate, SAID, KEY)), media_type)
    again = sounds.read(marked, media_type)
    found = detect(again.samples, again.rate, [KEY])
    assert found is not None
    assert found.payload == SAID


def test_a_sound_can_be_written_as_another_type() -> None:
    sound = sounds.read(SMALL["audio/wav"], "audio/wav")
    for media_type in SMALL:
        assert media.sniff(sounds.write(sound, media_type)) == media_type


@pytest.mark.parametrize("media_type", SMALL)
def test_a_sound_that_lasts_too_long_is_refused(media_type: str) -> None:
    with pytest.raises(Invalid, match=r"lasts \d+ s; at most 3 s"):
        sounds.read(SMALL[media_type], media_type, limits=replace(media.LIMITS, seconds=3))


@pytest.mark.parametrize("told", [(1 << 36) - 1, 0], ids=["immense", "unknown"])
def test_a_header_that_lies_about_the_length_is_not_believed(told: int) -> None:
    data = bytearray(SMALL["audio/flac"])
    # STREAMINFO: 36 bits of total samples end 18 bytes after its head (RFC 9639, section 8.2).
    at = data.index(b"fLaC") + 8 + 13
    field = int.from_bytes(data[at : at + 5], "big") >> 36 << 36 | told
    data[at : at + 5] = field.to_bytes(5, "big")
    with pytest.raises(Invalid, match=r"lasts [\d,]+ s; at most 2 s"):
        sounds.read(bytes(data), "audio/flac", limits=replace(media.LIMITS, seconds=2))


def test_bounds_hold_channels_and_all_samples_together() -> None:
    bounds = Bounds(seconds=10, channels=2, samples=1_000_000)
    assert bounds.most(44_100, 1) == 441_000
    assert bounds.most(96_000, 2) == 500_000
    with pytest.raises(Invalid, match="3 channels"):
        bounds.most(44_100, 3)
    with pytest.raises(Invalid, match="no samples"):
        bounds.check(0, 44_100, 2)
    with pytest.raises(Invalid, match="samples a second"):
        bounds.most(1, 1)


@pytest.mark.parametrize("media_type", SMALL)
def test_a_mislabelled_sound_is_refused(media_type: str) -> None:
    other = next(each for each in SMALL if each != media_type)
    with pytest.raises(Invalid, match=f"content is {media_type}"):
        sounds.read(SMALL[media_type], other)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(Invalid, match="no sound"):
        sounds.read(b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")
    with pytest.raises(Invalid, match="empty"):
        sounds.read(b"", "audio/wav")
    with pytest.raises(Invalid, match="can't be written"):
        sounds.write(sounds.read(SMALL["audio/wav"], "audio/wav"), "image/png")


def test_an_encrypted_sound_is_refused() -> None:
    locked = SMALL["audio/mp4"].replace(b"mp4a", b"enca", 1)
    with pytest.raises(Invalid, match="encrypted"):
        sounds.read(locked, "audio/mp4")


@pytest.mark.parametrize(
    ("media_type", "rate", "channels"), [("audio/mpeg", 96_000, 1), ("audio/mpeg", 44_100, 3), ("audio/mp4", 47_999, 1)]
)
def test_what_a_format_cannot_hold_is_refused(media_type: str, rate: int, channels: int) -> None:
    with pytest.raises(Invalid, match=r"can't be written|no rate"):
        sounds.write(Sound(music(1, rate, channels), rate, "audio/wav", "PCM_16"), media_type)


def only_kept_errors(data: bytes, media_type: str) -> None:
    try:
        sound = sounds.read(data, media_type, limits=replace(media.LIMITS, seconds=60))
    except KeptError:
        return
    assert sound.samples.ndim == 2
    assert 0 < len(sound.samples) <= 60 * sound.rate


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SMALL)), st.floats(0, 1))
def test_a_truncated_file_gives_what_is_there_or_an_error(media_type: str, share: float) -> None:
    data = SMALL[media_type]
    only_kept_errors(data[: int(share * len(data))], media_type)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SMALL)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=30), st.data()
)
def test_a_damaged_file_gives_a_sound_or_an_error(
    media_type: str, changes: list[tuple[float, int]], data: st.DataObject
) -> None:
    head = data.draw(st.booleans())
    damaged = bytearray(SMALL[media_type])
    # Half of them are damaged where it hurts most, in the header.
    reach = 400 if head else len(damaged) - 1
    for place, value in changes:
        damaged[int(place * reach)] = value
    only_kept_errors(bytes(damaged), media_type)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SMALL)), st.binary(max_size=400))
def test_noise_behind_a_good_beginning_gives_a_sound_or_an_error(media_type: str, noise: bytes) -> None:
    only_kept_errors(SMALL[media_type][:64] + noise, media_type)
