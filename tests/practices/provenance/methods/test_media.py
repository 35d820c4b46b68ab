"""A file is what its first bytes say."""

import io
import wave
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, KeptError
from kept.practices.provenance.methods import media

FRAME = b"\xff\xfb\x90\x64" + bytes(413)
"""MPEG-1 layer III, 128 kbit/s at 44.1 kHz, without padding: 144 × 128,000 / 44,100 = 417 bytes."""


def iso(brand: bytes, *more: bytes, tracks: tuple[bytes, ...] = ()) -> bytes:
    body = brand + bytes(4) + b"".join(more)
    head = (8 + len(body)).to_bytes(4, "big") + b"ftyp" + body
    handlers = b"".join(b"\x00\x00\x00\x20hdlr" + bytes(8) + track + bytes(12) for track in tracks)
    return head + (8 + len(handlers)).to_bytes(4, "big") + b"moov" + handlers


def sound() -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(64))
    return kept.getvalue()


SAMPLES = {
    "image/png": b"\x89PNG\r\n\x1a\n" + bytes(16),
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(16),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + bytes(8),
    "image/avif": iso(b"mif1", b"avif"),
    "image/tiff": b"MM\0*" + bytes(8),
    "audio/wav": sound(),
    "audio/flac": b"fLaC" + bytes(40),
    "audio/mpeg": FRAME + FRAME,
    "audio/mp4": iso(b"isom", b"mp42", tracks=(b"soun",)),
    "audio/ogg": b"OggS" + bytes(40),
    "video/mp4": iso(b"isom", b"avc1", tracks=(b"soun", b"vide")),
    "video/quicktime": iso(b"qt  "),
    "video/webm": b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(16),
}


@pytest.mark.parametrize(("media_type", "data"), SAMPLES.items())
def test_each_format_is_known_by_its_first_bytes(media_type: str, data: bytes) -> None:
    assert media.sniff(data) == media_type
    assert media.check(data, media_type.upper() + "; charset=binary") == media_type
    assert media.of_name(f"Picture.of.it.{media.extension(media_type).upper()}") == media_type


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"M4A brand", None),
        (b"GIF89a" + bytes(20), "GIF"),
        (iso(b"heic", b"mif1"), "HEIF"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1aE\xdf\xa3\x42\x82\x88matroska", "Matroska"),
        (b"\xff\xf1\x50\x80" + bytes(40), "AAC"),
        (b"", "empty"),
        (b"\0" * 5000, None),
    ],
)
def test_what_cannot_be_marked_is_named(data: bytes, what: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        media.sniff(data)
    assert (what or "can't be told") in str(refused.value)


def test_a_tag_before_the_sound_is_stepped_over() -> None:
    tag = b"ID3\x04\0\0\0\0\x02\x00" + bytes(256)
    assert media.sniff(tag + FRAME + FRAME) == "audio/mpeg"
    assert media.sniff(tag + SAMPLES["audio/flac"]) == "audio/flac"


def test_one_frame_header_by_chance_is_no_sound() -> None:
    with pytest.raises(Invalid):
        media.sniff(b"\xff\xfb\x90\x64" + b"text" * 200)


def test_mislabelled_content_is_refused_and_says_what_it_is() -> None:
    with pytest.raises(Invalid, match=r"The content is image/jpeg, though it is called image/png"):
        media.check(SAMPLES["image/jpeg"], "image/png")


def test_unknown_types_and_names_are_refused() -> None:
    for wrong in (lambda: media.canonical("text/html"), lambda: media.of_name("png"), lambda: media.of_name("a.exe")):
        with pytest.raises(Invalid):
            wrong()


def test_aliases_lead_to_the_usual_name() -> None:
    assert media.canonical("audio/x-m4a") == "audio/mp4"
    assert media.kind("audio/mp3") == "audio"


def test_sizes_are_bounded() -> None:
    limits = media.Limits(bytes=100, pixels=100, memory=250)
    media.measure(10, 10, 2, limits)
    for width, height, each in ((101, 1, 1), (10, 10, 3), (0, 5, 1)):
        with pytest.raises(Invalid):
            media.measure(width, height, each, limits)
    with pytest.raises(Invalid, match="at most 100 are read"):
        media.check(bytes(101), "image/png", limits)


@given(st.binary(max_size=300), st.sampled_from([data[:12] for data in SAMPLES.values()]))
def test_any_bytes_are_named_or_refused(tail: bytes, head: bytes) -> None:
    for data in (tail, head + tail):
        with suppress(KeptError):
            assert media.sniff(data) in media.EXTENSIONS
