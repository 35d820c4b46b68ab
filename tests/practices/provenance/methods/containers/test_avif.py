"""AVIF as its boxes tell it."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from kept.errors import Invalid
from kept.practices.provenance.methods.containers import avif
from kept.practices.provenance.methods.containers.header import Attached
from kept.practices.provenance.methods.picture import upright

PIXELS = np.random.default_rng(1).integers(0, 256, (34, 48, 4), np.uint8)


def file(mode: str = "RGB", **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(kept, "AVIF", **options)
    return kept.getvalue()


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("RGBA", 4)])
def test_the_frame_is_read(mode: str, channels: int) -> None:
    found = avif.header(file(mode))
    assert (found.width, found.height, found.channels, found.depth) == (48, 34, channels, 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_and_mirrors_are_told_as_exif_would(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file(exif=exif, quality=100, subsampling="4:4:4")
    assert avif.header(data).orientation == orientation
    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    turned = upright(PIXELS[..., :3], orientation)
    assert shown.shape == turned.shape
    assert np.abs(shown.astype(int) - turned).mean() < 12


def test_profile_and_exif_are_found() -> None:
    exif = Image.Exif()
    exif[271] = "A maker"
    found = avif.header(file(icc_profile=bytes(700), exif=exif)).attached
    assert found.icc == bytes(700)
    assert found.exif is not None
    assert b"A maker" in found.exif


def test_colour_numbers_are_set_in_place() -> None:
    data, notes = avif.attach(file(), Attached(colour=(12, 16), xmp=b"<x/>"))
    assert avif.header(data).attached.colour == (12, 16)
    assert "XMP" in notes[0]


def test_cut_off_moving_and_empty_files_are_refused() -> None:
    data = file("RGBA")
    for wrong in (data[:-10], data[:60], data.replace(b"ispe", b"skip"), data.replace(b"ftypavif", b"ftypavis")):
        with pytest.raises(Invalid):
            avif.header(wrong)


@pytest.mark.parametrize("padding", [8, 500, 70_000])
def test_what_stands_before_the_meta_box_is_moved_behind_it_and_no_offset_changes(padding: int) -> None:
    plain = file()
    head = int.from_bytes(plain[:4], "big")
    stop = head + int.from_bytes(plain[head : head + 4], "big")
    assert plain[head + 4 : head + 8] == b"meta"
    between = padding.to_bytes(4, "big") + b"uuid" + bytes(padding - 8)
    inner = plain[:head] + between + plain[head:]
    assert avif.meta_first(inner) == plain[:stop] + between + plain[stop:]
    assert avif.meta_first(plain) == plain
