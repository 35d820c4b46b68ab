"""TIFF as its directories tell it."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kept.errors import Invalid
from kept.practices.provenance.methods.containers import tiff
from kept.practices.provenance.methods.containers.header import Attached

PIXELS = np.random.default_rng(1).integers(0, 256, (33, 47, 4), np.uint8)


def file(mode: str = "RGB", **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(kept, "TIFF", **options)
    return kept.getvalue()


def with_field(data: bytes, tag: int, value: int) -> bytes:
    """The file, a field of its first directory set to a number of 16 bits."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    for start in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, start) == (tag,):
            return data[:start] + struct.pack("<HHIHH", tag, 3, 1, value, 0) + data[start + 12 :]
    raise AssertionError(f"no field {tag}")


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4), ("P", 3)])
@pytest.mark.parametrize("big", [False, True])
def test_the_frame_is_read(mode: str, channels: int, big: bool) -> None:
    found = tiff.header(file(mode, big_tiff=big))
    assert (found.width, found.height, found.channels, found.depth) == (47, 33, channels, 8)


def test_what_is_attached_is_read_again() -> None:
    attached = Attached(icc=bytes(501), xmp=b"<x/>   ")
    data, notes = tiff.attach(file(), attached)
    assert notes == ()
    found = tiff.header(data).attached
    assert (found.icc, found.xmp) == (attached.icc, attached.xmp)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), PIXELS[..., :3])


def test_alpha_is_kept_from_a_decoder_that_would_multiply_it() -> None:
    data = file("RGBA")
    other = tiff.undivided(data)
    assert len(other) == len(data)
    assert sum(one != two for one, two in zip(data, other, strict=True)) == 1
    assert tiff.undivided(file()) == file()


@pytest.mark.parametrize(("tag", "value", "why"), [(262, 8, "L\\*a\\*b"), (277, 7, "7 samples"), (259, 1, None)])
def test_rare_kinds_are_refused(tag: int, value: int, why: str | None) -> None:
    changed = with_field(file(), tag, value)
    if why is None:
        assert tiff.header(changed).width == 47
        return
    with pytest.raises(Invalid, match=why):
        tiff.header(changed)


def test_a_directory_that_follows_itself_is_one_page() -> None:
    data = file()
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    behind = at + 2 + 12 * count
    looping = data[:behind] + struct.pack("<I", at) + data[behind + 4 :]
    assert tiff.header(looping).width == 47


def test_cut_off_files_are_refused() -> None:
    for wrong in (file()[:6], file()[:100], file()[:-400]):
        with pytest.raises(Invalid):
            tiff.header(wrong)
