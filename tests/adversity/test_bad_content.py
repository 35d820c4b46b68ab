"""Content that is broken, hostile or not what it says: mark and check refuse it in words, and leave nothing behind."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image
from skimage import data as photographs

from kept.errors import Invalid
from kept.practices.provenance.backends import pictures, sounds
from kept.practices.provenance.methods.picture import Picture
from kept.practices.provenance.methods.sound.decoded import Sound
from simulators.camera import chord, developed, filmed
from simulators.command_line import Here
from simulators.provenance_room import opened
from simulators.sounds import music

MODEL = "sha256:" + "a1" * 32
PNG, JPEG, WEBP, AVIF, TIFF = (f"image/{form}" for form in ("png", "jpeg", "webp", "avif", "tiff"))
WAV, M4A, MP4, MOV = "audio/wav", "audio/mp4", "video/mp4", "video/quicktime"
RAISED = photographs.astronaut()


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def animated(form: str) -> bytes:
    frames = [Image.fromarray(np.roll(RAISED, shift, axis=1)) for shift in (0, 40)]
    return saved(frames[0], form, save_all=True, append_images=frames[1:])


def announced(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header announces a picture of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(99))), (b"IEND", b"")]
    body = (struct.pack(">I", len(x)) + kind + x + struct.pack(">I", zlib.crc32(kind + x)) for kind, x in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def waved(samples: np.ndarray, subtype: str = "FLOAT") -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, 44_100, subtype=subtype, format="WAV")
    return out.getvalue()


def not_a_number() -> bytes:
    samples = music(8)
    samples[1000] = np.nan
    return waved(samples)


def encrypted() -> bytes:
    out = io.BytesIO()
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "ab" * 16, "encryption_kid": "cd" * 16}
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = 256
        for picture in filmed(RAISED[:256, :256], 24):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:256, :256]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", PNG),
    "one pixel": (lambda: saved(Image.new("RGB", (1, 1)), "PNG"), PNG),
    "cut off": (lambda: saved(Image.fromarray(RAISED), "PNG")[:5000], PNG),
    "mislabelled": (lambda: saved(Image.fromarray(RAISED), "JPEG"), PNG),
    "a picture that unpacks to 30 GB": (lambda: announced(100_000, 100_000), PNG),
    "an animated WebP": (lambda: animated("WEBP"), WEBP),
    "an animated PNG": (lambda: animated("PNG"), PNG),
    "an animated AVIF": (lambda: animated("AVIF"), AVIF),
    "CMYK": (lambda: saved(Image.fromarray(RAISED).convert("CMYK"), "JPEG"), JPEG),
    "silence": (lambda: waved(np.zeros(44_100 * 8, np.float32), "PCM_16"), WAV),
    "samples that are no numbers": (not_a_number, WAV),
    "a sound of a second": (lambda: waved(music(1)), WAV),
    "an encrypted film": (encrypted, MP4),
    "a film that is cut off": (lambda: developed(filmed(RAISED, 12))[:-3000], MP4),
}
ONLY_UNMARKABLE = {"one pixel", "silence", "a sound of a second"}
"""Nothing is wrong with these: they can be checked, and hold no mark."""


@pytest.mark.parametrize("what", BAD)
def test_it_is_refused_in_words_and_leaves_nothing(what: str, tmp_path: Path) -> None:
    make, media_type = BAD[what]
    data = make()
    with opened(tmp_path) as room:
        room.service.keys_new()
        with pytest.raises(Invalid) as refused:
            room.service.mark(data, media_type, MODEL)
        assert len(refused.value.message) > 10
        assert room.service._registry.count() == 0
        if what in ONLY_UNMARKABLE:
            assert room.service.check(data, media_type).verdict == "none"
        else:
            with pytest.raises(Invalid):
                room.service.check(data, media_type)


@pytest.mark.parametrize("what", ["cut off", "CMYK", "silence"])
def test_no_output_is_left_where_nothing_was_marked(what: str, tmp_path: Path) -> None:
    here = Here(tmp_path, {**os.environ, "KEPT_STATE": str(tmp_path / "state")})
    (tmp_path / "in").write_bytes(BAD[what][0]())
    here.run("init", "acme", "--name", "Acme")
    at = ("-w", "acme", "provenance")
    here.run(*at, "keys", "new")
    answer = here.run(*at, "mark", "in", "out", "--model", MODEL)
    assert answer.error["error"] == "invalid"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme", "in", "state"]


def deep() -> np.ndarray:
    return (RAISED.astype(np.uint16) * 257)[:301, :333]


GOOD: dict[str, tuple[Callable[[], bytes], str]] = {
    "AVIF": (lambda: pictures.write(Picture(RAISED, AVIF), AVIF), AVIF),
    "a TIFF of 16 bits and odd sizes": (lambda: pictures.write(Picture(deep(), TIFF), TIFF), TIFF),
    "grey": (lambda: pictures.write(Picture(photographs.camera(), PNG), PNG), PNG),
    "a corrupt profile": (lambda: saved(Image.fromarray(RAISED), "PNG", icc_profile=b"\xff" * 200), PNG),
    "corrupt EXIF": (lambda: saved(Image.fromarray(RAISED), "JPEG", quality=95, exif=b"Exif\0\0" + b"\xff" * 99), JPEG),
    "M4A": (lambda: sounds.write(Sound(music(12), 44_100, M4A), M4A), M4A),
    "MOV with sound": (lambda: developed(filmed(RAISED, 24), "mov", sound=chord(1)), MOV),
}


@pytest.mark.parametrize("what", GOOD)
def test_what_is_only_unusual_is_marked_and_found_again(what: str, tmp_path: Path) -> None:
    make, media_type = GOOD[what]
    with opened(tmp_path) as room:
        room.service.keys_new()
        made = room.service.mark(make(), media_type, MODEL)
        found = room.service.check(made, media_type)
        assert (found.verdict, found.origin, found.model) == ("trusted-manifest", "ours", MODEL)
        assert found.p_value is not None
        assert found.p_value <= 1e-9
