"""JPEG as its markers tell it."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kept.errors import Invalid
from kept.practices.provenance.methods.containers import jpeg
from kept.practices.provenance.methods.containers.header import Attached

PIXELS = np.random.default_rng(1).integers(0, 256, (33, 47, 3), np.uint8)


def file(mode: str = "RGB", **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(kept, "JPEG", **options)
    return kept.getvalue()


def test_the_frame_is_read_of_sequential_and_progressive_files() -> None:
    for options in ({}, {"progressive": True}, {"restart_marker_blocks": 1}):
        found = jpeg.header(file(**options))
        assert (found.width, found.height, found.channels, found.depth) == (47, 33, 3, 8)
    assert jpeg.header(file("L")).channels == 1


@pytest.mark.parametrize("quality", range(5, 101, 5))
def test_quality_is_told_from_the_tables(quality: int) -> None:
    assert abs((jpeg.header(file(quality=quality)).quality or 0) - quality) <= 1


def test_halved_colour_is_told_from_the_sampling_factors() -> None:
    assert [jpeg.header(file(subsampling=kind)).halved for kind in (0, 1, 2)] == [False, True, True]


def test_what_is_attached_is_read_again_in_parts_where_it_is_long() -> None:
    attached = Attached(icc=bytes(200_000), exif=b"II*\0" + bytes(40), xmp=b"<x/>")
    data, notes = jpeg.attach(file(), attached)
    assert notes == ()
    assert jpeg.header(data).attached == attached


def test_what_has_no_place_is_named() -> None:
    _, notes = jpeg.attach(file(), Attached(icc=bytes(255 * 65_533), exif=bytes(70_000), xmp=bytes(70_000)))
    assert [note.split()[0] for note in notes] == ["EXIF", "XMP", "a"]


def test_what_follows_the_picture_is_named() -> None:
    assert "100 bytes behind" in jpeg.header(file() + bytes(100)).notes[0]
    assert jpeg.header(file() + b"\0\0").notes == ()


def test_endless_scans_and_segments_are_refused() -> None:
    data = file(progressive=True)
    at = data.rindex(b"\xff\xda")
    scan = data[at : data.index(b"\xff\xd9", at)]
    with pytest.raises(Invalid, match="scans"):
        jpeg.header(data[:at] + scan * 200 + b"\xff\xd9")
    with pytest.raises(Invalid, match="segments"):
        jpeg.header(data[:2] + b"\xff\xfe\x00\x02" * 5000 + data[2:])


def test_two_frames_or_none_are_refused() -> None:
    data = file()
    at = data.index(b"\xff\xc0")
    frame = data[at : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
    for wrong in (data[:at] + frame + data[at:], data.replace(frame, b""), data.replace(b"\xff\xc0", b"\xff\xc3", 1)):
        with pytest.raises(Invalid):
            jpeg.header(wrong)
