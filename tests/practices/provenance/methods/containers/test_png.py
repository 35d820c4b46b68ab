"""PNG as its chunks tell it."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kept.errors import Invalid
from kept.practices.provenance.methods.containers import png
from kept.practices.provenance.methods.containers.header import MOST_PROFILE, Attached

PIXELS = np.random.default_rng(1).integers(0, 256, (33, 47, 3), np.uint8)


def file(mode: str = "RGB", **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(kept, "PNG", **options)
    return kept.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def after_header(data: bytes, added: bytes) -> bytes:
    return data[:33] + added + data[33:]


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4), ("LA", 4), ("P", 3)])
def test_the_frame_is_read(mode: str, channels: int) -> None:
    found = png.header(file(mode))
    assert (found.width, found.height, found.channels, found.depth, found.lossless) == (47, 33, channels, 8, True)


def test_transparency_of_one_colour_counts() -> None:
    assert png.header(file(transparency=(1, 2, 3))).channels == 4


def test_what_is_attached_is_read_again() -> None:
    attached = Attached(icc=bytes(5000), exif=b"MM\0*" + bytes(40), xmp=b"<x/>", chunks=chunk(b"gAMA", bytes(4)))
    data, notes = png.attach(file(), attached)
    assert notes == ()
    assert png.header(data).attached == attached


def test_a_profile_that_unpacks_without_end_is_dropped_with_a_note() -> None:
    large = chunk(b"iCCP", b"ICC\0\0" + zlib.compress(bytes(MOST_PROFILE + 1)))
    for wrong in (large, chunk(b"iCCP", b"ICC\0\0not deflated"), chunk(b"iCCP", b"")):
        found = png.header(after_header(file(), wrong))
        assert found.attached.icc is None
        assert "dropped" in found.notes[0]


def test_damage_and_disorder_are_refused() -> None:
    data = file()
    for wrong in (
        data[:40],
        data[:-12],
        after_header(data, chunk(b"IHDR", bytes(13))),
        data[:8] + chunk(b"tEXt", b"a\0b") + data[8:],
        after_header(data, chunk(b"acTL", bytes(8))),
        data[:29] + b"\0\0\0\0" + data[33:],
    ):
        with pytest.raises(Invalid):
            png.header(wrong)


def test_what_follows_the_picture_is_named() -> None:
    assert "5 bytes behind" in png.header(file() + b"hello").notes[0]
