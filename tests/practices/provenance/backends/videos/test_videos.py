"""A film comes out as it went in, with a mark in its frames and its sound; or it is refused for a reason."""

import io
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skimage import data as photographs

from kept.errors import Invalid, KeptError
from kept.practices.provenance.backends import videos
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods import sound as sounds
from kept.practices.provenance.records import MarkKey, Payload
from simulators.camera import again, chord, developed, filmed, lumas

KEY, PAYLOAD = MarkKey("one", bytes(range(32))), Payload(77, 123_456_789)
TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}


def film(container: str = "mp4", frames: int = 45, **options: Any) -> bytes:
    return (
        developed(filmed(photographs.astronaut(), frames), container, **options)
        if options
        else silent(container, frames)
    )


@cache
def silent(container: str, frames: int) -> bytes:
    return developed(filmed(photographs.astronaut(), frames), container)


def marked(data: bytes, target: Path, media_type: str = "video/mp4") -> bytes:
    videos.mark(data, target, media_type, PAYLOAD, KEY)
    return target.read_bytes()


@pytest.mark.parametrize("container", TYPES)
def test_each_format_is_marked_and_found(container: str, tmp_path: Path) -> None:
    data = film(container, sound=chord(1.5))
    done = videos.mark(data, tmp_path / "out", TYPES[container], PAYLOAD, KEY)
    out = (tmp_path / "out").read_bytes()
    assert (done.frames, media.sniff(out)) == (45, TYPES[container])
    found = videos.detect(out, TYPES[container], [KEY])
    assert found is not None
    assert (found.payload, found.key_id) == (PAYLOAD, "one")
    assert videos.detect(data, TYPES[container], [KEY]) is None
    before, after = av.open(io.BytesIO(data)), av.open(io.BytesIO(out))
    for one, other in zip(before.decode(video=0), after.decode(video=0), strict=True):
        assert other.time == pytest.approx(one.time, abs=0.002)


def test_a_film_looks_as_it_did(tmp_path: Path) -> None:
    data = film(bit_rate=4_000_000)
    out = marked(data, tmp_path / "out")
    apart = [np.mean((a.astype(float) - b) ** 2) for a, b in zip(lumas(data), lumas(out), strict=True)]
    assert 10 * np.log10(255**2 / np.mean(apart)) > 39


def test_the_sound_carries_the_same_mark(tmp_path: Path) -> None:
    done = videos.mark(film(sound=chord(12), frames=15), tmp_path / "out", "video/mp4", PAYLOAD, KEY)
    assert not done.notes
    track = videos.sound(tmp_path / "out", "video/mp4")
    assert track is not None
    samples, rate = track
    assert (rate, samples.shape[1]) == (48_000, 2)
    assert abs(len(samples) - 12 * rate) < 4096
    found = sounds.detect(samples, rate, [KEY])
    assert found is not None
    assert found.payload == PAYLOAD


def test_the_sound_speaks_where_the_frames_were_replaced(tmp_path: Path) -> None:
    out = marked(film(sound=chord(12), frames=15), tmp_path / "out")
    track = videos.sound(out, "video/mp4")
    assert track is not None
    other = developed(filmed(photographs.coffee(), 15), sound=track[0])
    found = videos.detect(other, "video/mp4", [KEY])
    assert found is not None
    assert found.payload == PAYLOAD
    assert videos.detect(other, "video/mp4", [KEY], full=False) is None


def test_short_and_silent_sound_goes_along_with_a_note(tmp_path: Path) -> None:
    for sound in (chord(2), np.zeros((48_000 * 6, 2), np.float32)):
        done = videos.mark(film(sound=sound, frames=5), tmp_path / "out", "video/mp4", PAYLOAD, KEY)
        assert done.notes == ("the sound is too short or too quiet for a mark of its own",)


def test_a_silent_film_has_no_track() -> None:
    assert videos.sound(film(frames=3), "video/mp4") is None


def test_times_turn_and_colour_stay(tmp_path: Path) -> None:
    tags = {"color_primaries": 9, "color_trc": 16, "colorspace": 9, "color_range": 1}
    times = [0, 1, 2, 5, 9, 10, 20, 21, 30, 31]
    data = film(frames=10, turned=90, tags=tags, times=times)
    with av.open(io.BytesIO(marked(data, tmp_path / "out"))) as opened:
        context = opened.streams.video[0].codec_context
        assert {name: getattr(context, name) for name in tags} == tags
        shown = list(opened.decode(video=0))
    assert [round(frame.time * 30) for frame in shown] == times
    with av.open(io.BytesIO(data)) as opened:
        assert shown[0].rotation == next(opened.decode(video=0)).rotation != 0


@pytest.mark.parametrize("pixels", ["yuv422p", "yuv444p", "yuv420p10le"])
def test_the_samples_keep_their_format(pixels: str, tmp_path: Path) -> None:
    out = marked(film(pixels=pixels), tmp_path / "out")
    with av.open(io.BytesIO(out)) as opened:
        assert opened.streams.video[0].codec_context.pix_fmt == pixels
    assert videos.detect(out, "video/mp4", [KEY]) is not None


def test_the_bit_rate_is_near_the_source_and_not_under_a_floor(tmp_path: Path) -> None:
    for rate, low, high in ((3_000_000, 2_500_000, 4_500_000), (50_000, 300_000, 1_200_000)):
        out = marked(film(bit_rate=rate), tmp_path / "out")
        assert low < len(out) * 8 / 1.5 < high


@pytest.fixture(scope="module")
def three_seconds(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    data = developed(filmed(photographs.coffee(), 90, size=(1280, 720), noise=0), bit_rate=4_000_000)
    return marked(data, tmp_path_factory.mktemp("720p") / "out")


@pytest.mark.parametrize(("size", "kept"), [(None, 1.0), ((854, 480), 1.0), (None, 0.8)])
def test_three_seconds_of_720p_outlive_what_services_do(three_seconds: bytes, size: Any, kept: float) -> None:
    sent = again(three_seconds, 1_000_000, size=size, kept=kept)
    found = videos.detect(sent, "video/mp4", [KEY])
    assert found is not None
    assert found.payload == PAYLOAD


def test_a_mark_late_in_a_longer_film_is_found(tmp_path: Path) -> None:
    plain = list(filmed(photographs.coffee(), 240, size=(320, 180), noise=0))
    late = marked(developed(plain, bit_rate=1_500_000), tmp_path / "out")
    with av.open(io.BytesIO(late)) as opened:
        tail = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]
    joined = developed([*plain, *plain, *tail], bit_rate=1_500_000)
    found = videos.detect(joined, "video/mp4", [KEY])
    assert found is not None
    assert found.payload == PAYLOAD


def test_other_streams_are_dropped_with_a_note(tmp_path: Path) -> None:
    done = videos.mark(film(frames=10, sound=chord(6), more=True), tmp_path / "out", "video/mp4", PAYLOAD, KEY)
    assert done.notes == ("dropped streams (subtitles, data, cover pictures, further tracks): 1",)


def test_a_film_may_come_as_bytes_a_path_or_a_stream(tmp_path: Path) -> None:
    data = film(frames=10)
    (tmp_path / "in").write_bytes(data)
    made = []
    for number, source in enumerate((data, tmp_path / "in", io.BytesIO(data))):
        videos.mark(source, tmp_path / f"{number}", "video/mp4", PAYLOAD, KEY)
        made.append(lumas((tmp_path / f"{number}").read_bytes()))
    assert all(np.array_equal(made[0], other) for other in made[1:])


def test_stills_are_spread_over_the_film_and_stand_upright() -> None:
    shown = videos.stills(film(turned=90), "video/mp4", 3)
    assert [still.shape for still in shown] == [(640, 360, 3)] * 3
    assert not np.array_equal(shown[0], shown[2])


@pytest.mark.parametrize("container", TYPES)
def test_frames_come_so_many_seconds_apart_or_in_stretches(container: str) -> None:
    made = film(container, frames=90)
    spaced = list(videos.frames(made, TYPES[container], every=0.5))
    assert [second for second, _ in spaced] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.04)
    assert {luma.shape for _, luma in spaced} == {(360, 640)}
    assert len(list(videos.frames(made, TYPES[container], every=0.1, most=40))) == 30
    stretches = [second for second, _ in videos.frames(made, TYPES[container], every=0.1, most=16)]
    assert len(stretches) == 16
    assert stretches[0] < 0.1
    assert 2.6 < stretches[-1] < 3


@pytest.mark.parametrize("container", TYPES)
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95, 0.999])
def test_a_film_that_is_cut_off_is_refused(container: str, kept: float, tmp_path: Path) -> None:
    data = film(container, frames=20)
    with pytest.raises(Invalid):
        videos.mark(data[: int(len(data) * kept)], tmp_path / "out", TYPES[container], PAYLOAD, KEY)


def test_encrypted_films_are_refused(tmp_path: Path) -> None:
    protected = film(frames=5).replace(b"avc1\0\0\0\0\0\0\0\1", b"encv\0\0\0\0\0\0\0\1")
    with pytest.raises(Invalid, match="encrypted or protected"):
        videos.mark(protected, tmp_path / "out", "video/mp4", PAYLOAD, KEY)


def test_an_encrypted_webm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="encrypted or protected"):
        videos.mark(locked(film("webm", frames=5)), tmp_path / "out", "video/webm", PAYLOAD, KEY)


def locked(webm: bytes) -> bytes:
    """The film with a Matroska ContentEncoding (AES, a key id) in its first track, all lengths mended."""
    key_id = element("47E2", b"a key id")
    encryption = element("5035", element("47E1", b"\5") + key_id)
    encodings = element("6D80", element("6240", element("5033", b"\1") + encryption))
    tracks = webm.rindex(bytes.fromhex("1654AE6B"))
    start, size = content(webm, tracks, 4)
    entry = webm.index(b"\xae", start)
    inner, length = content(webm, entry, 1)
    track = element("AE", webm[inner : inner + length] + encodings)
    changed = element("1654AE6B", webm[start:entry] + track + webm[inner + length : start + size])
    grown = len(changed) - (start + size - tracks)
    segment = webm.index(bytes.fromhex("18538067"))
    begins, whole = content(webm, segment, 4)
    head = webm[:segment] + bytes.fromhex("18538067") + (whole + grown | 1 << 56).to_bytes(8, "big")
    return head + webm[begins:tracks] + changed + webm[start + size :]


def element(name: str, data: bytes) -> bytes:
    return bytes.fromhex(name) + (len(data) | 1 << 56).to_bytes(8, "big") + data


def content(webm: bytes, at: int, name: int) -> tuple[int, int]:
    """Where the data of the element at a place begins, and how long it is."""
    width = 9 - webm[at + name].bit_length()
    size = int.from_bytes(webm[at + name : at + name + width], "big") & ((1 << 7 * width) - 1)
    return at + name + width, size


def test_what_is_no_film_or_too_much_of_one_is_refused(tmp_path: Path) -> None:
    data = film(frames=10)
    for wrong, media_type, limits, why in (
        (b"", "video/mp4", media.LIMITS, "empty"),
        (data, "video/webm", media.LIMITS, "The content is video/mp4"),
        (data, "image/png", media.LIMITS, "The content is video/mp4"),
        (data, "video/mp4", media.Limits(seconds=0.1), "lasts"),
        (data, "video/mp4", media.Limits(bytes=1000), "bytes"),
        (developed(filmed(photographs.coffee(), 3, size=(160, 96))), "video/mp4", media.LIMITS, "too small"),
    ):
        with pytest.raises(Invalid, match=why):
            videos.mark(wrong, tmp_path / "out", media_type, PAYLOAD, KEY, limits=limits)


SEEDS = [
    (TYPES[name], developed(filmed(photographs.coffee(), 6, size=(160, 144)), name, sound=chord(0.2))) for name in TYPES
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=3)), min_size=1, max_size=5),
)
def test_only_the_projects_own_errors_come_out(seed: tuple[str, bytes], edits: Any, tmp_path: Path) -> None:
    media_type, whole = seed
    data = bytearray(whole)
    for at, new in edits:
        data[at % len(data) : at % len(data) + len(new)] = new
    with suppress(KeptError):
        videos.mark(bytes(data), tmp_path / "out", media_type, PAYLOAD, KEY)
    with suppress(KeptError):
        videos.detect(bytes(data), media_type, [KEY], full=False)
