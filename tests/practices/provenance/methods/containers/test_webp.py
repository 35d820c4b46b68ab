"""WebP as its chunks tell it."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kept.errors import Invalid
from kept.practices.provenance.methods.containers import webp
from kept.practices.provenance.methods.containers.header import Attached

PIXELS = np.random.default_rng(1).integers(0, 256, (33, 47, 4), np.uint8)


def file(mode: str = "RGB", **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(kept, "WEBP", **options)
    return kept.getvalue()


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("RGBA", 4)])
def test_the_frame_is_read(mode: str, channels: int, lossless: bool) -> None:
    found = webp.header(file(mode, lossless=lossless))
    assert (found.width, found.height, found.channels, found.lossless) == (47, 33, channels, lossless)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [False, True])
def test_what_is_attached_is_read_again(mode: str, lossless: bool) -> None:
    attached = Attached(icc=bytes(501), exif=b"MM\0*" + bytes(40), xmp=b"<x/>")
    data, notes = webp.attach(file(mode, lossless=lossless), attached)
    assert notes == ()
    assert webp.header(data).attached == attached
    assert np.asarray(Image.open(io.BytesIO(data)).convert(mode)).shape[:2] == (33, 47)


def test_nothing_is_changed_where_nothing_is_attached() -> None:
    assert webp.attach(file(), Attached())[0] == file()


def test_a_canvas_that_differs_from_its_picture_is_refused() -> None:
    data, _ = webp.attach(file(), Attached(xmp=b"<x/>"))
    at = data.index(b"VP8X") + 12
    with pytest.raises(Invalid, match="canvas"):
        webp.header(data[:at] + b"\xff\xff\0" + data[at + 3 :])


def test_cut_off_and_empty_files_are_refused() -> None:
    for wrong in (file()[:-30], file()[:24], b"RIFF\x04\0\0\0WEBP"):
        with pytest.raises(Invalid):
            webp.header(wrong)
