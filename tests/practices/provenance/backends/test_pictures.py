"""A picture that is read and written again is the same picture, or is refused for a reason that is named."""

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from skimage import data as photographs

from kept.errors import Invalid, KeptError
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods import media
from kept.practices.provenance.methods.containers import Attached
from kept.practices.provenance.methods.picture import Picture

COLOUR = photographs.astronaut()[40:161, 100:303]
GREY = COLOUR[..., 1]
CLEAR = np.dstack([COLOUR, GREY])
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "AVIF": "image/avif", "TIFF": "image/tiff"}
ICC = struct.pack(">I", 512) + bytes(32) + b"acsp" + bytes(472)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'


def exif(orientation: int = 1) -> bytes:
    made = Image.Exif()
    made[271] = "A maker"
    made[0x0112] = orientation
    return made.tobytes()[6:]


def file(form: str, image: Image.Image | np.ndarray[Any, Any] = COLOUR, **options: Any) -> bytes:
    kept = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(kept, form, **options)
    return kept.getvalue()


def distance(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("media_type", ["image/png", "image/tiff"])
@pytest.mark.parametrize("pixels", [COLOUR, GREY, CLEAR])
@pytest.mark.parametrize("depth", [8, 16])
def test_lossless_formats_keep_every_sample(media_type: str, pixels: np.ndarray[Any, Any], depth: int) -> None:
    whole = pixels if depth == 8 else pixels.astype(np.uint16) * 257 + 3
    again = pictures.read(pictures.write(Picture(whole, media_type), media_type), media_type)
    assert again.pixels.dtype == whole.dtype
    assert np.array_equal(again.pixels, whole)
    assert (again.depth, again.lossless) == (depth, True)


@pytest.mark.parametrize("form", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright_as_another_reader_shows_them(form: str, orientation: int) -> None:
    tag: dict[str, Any] = {"exif": b"Exif\0\0" + exif(orientation)}
    if form == "TIFF":
        tag = {"tiffinfo": {274: orientation, 271: "A maker"}}
    data = file(form, **tag)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    picture = pictures.read(data, KINDS[form])
    assert distance(picture.pixels, shown) < 1
    again = Image.open(io.BytesIO(pictures.write(picture, KINDS[form])))
    assert again.getexif().get(0x0112, 1) == 1
    assert again.getexif()[271] == "A maker"
    assert distance(np.asarray(again.convert("RGB")), shown) < 4


@pytest.mark.parametrize("media_type", KINDS.values())
def test_profiles_and_exif_are_kept_as_opaque_bytes(media_type: str) -> None:
    attached = Attached(icc=ICC, exif=exif(), xmp=XMP)
    data, notes = pictures.written(Picture(COLOUR, media_type, attached=attached), media_type)
    found = pictures.read(data, media_type)
    assert found.icc == ICC
    assert b"A maker" in (found.exif or b"")
    assert found.attached.xmp == (None if media_type == "image/avif" else XMP)
    assert bool(notes) == (media_type == "image/avif")
    other = Image.open(io.BytesIO(data))
    assert other.info["icc_profile"] == ICC
    assert other.getexif()[271] == "A maker"


@pytest.mark.parametrize("media_type", KINDS.values())
@pytest.mark.parametrize("corrupt", [b"\0", b"not a profile at all" * 40])
def test_corrupt_profiles_and_exif_do_no_harm(media_type: str, corrupt: bytes, capfd: Any) -> None:
    attached = Attached(icc=corrupt, exif=corrupt, xmp=corrupt)
    try:
        data = pictures.write(Picture(COLOUR, media_type, attached=attached), media_type)
    except Invalid:
        assert media_type == "image/avif"
        return
    found = pictures.read(data, media_type)
    assert found.icc == corrupt
    assert distance(found.pixels, COLOUR) < 4
    assert capfd.readouterr().err == ""


def test_an_incomplete_profile_is_dropped_with_a_note() -> None:
    whole = file("JPEG", icc_profile=ICC * 400)
    at = whole.index(b"ICC_PROFILE\0\x02") + 12
    picture = pictures.read(whole[:at] + b"\x09" + whole[at + 1 :], "image/jpeg")
    assert picture.icc is None
    assert "incomplete" in picture.notes[0]


@pytest.mark.parametrize("quality", [60, 75, 90, 95, 100])
@pytest.mark.parametrize("halved", [False, True])
def test_a_jpeg_is_written_as_well_as_it_came(quality: int, halved: bool) -> None:
    picture = pictures.read(file("JPEG", quality=quality, subsampling=2 if halved else 0), "image/jpeg")
    assert picture.quality is not None
    assert abs(picture.quality - quality) <= 1
    assert picture.halved is halved
    again = pictures.read(pictures.write(picture, "image/jpeg"), "image/jpeg")
    assert again.halved is halved
    assert again.quality == max(90, picture.quality)
    lower = pictures.read(pictures.write(picture, "image/jpeg", quality=50), "image/jpeg")
    assert lower.quality == 50


def test_a_webp_stays_lossless_where_it_was() -> None:
    picture = pictures.read(file("WEBP", CLEAR, lossless=True, exact=True), "image/webp")
    assert np.array_equal(picture.pixels, CLEAR)
    assert np.array_equal(pictures.read(pictures.write(picture, "image/webp"), "image/webp").pixels, CLEAR)
    lossy = pictures.read(file("WEBP", quality=80), "image/webp")
    assert not pictures.read(pictures.write(lossy, "image/webp"), "image/webp").lossless


@pytest.mark.parametrize("depth", [10, 12])
@pytest.mark.parametrize("pixels", [COLOUR, GREY, CLEAR])
def test_a_deep_avif_fills_the_range_and_keeps_its_depth(depth: int, pixels: np.ndarray[Any, Any]) -> None:
    deep = pixels.astype(np.uint16) * 257
    first = pictures.read(pictures.write(Picture(deep, "image/avif", depth=depth), "image/avif"), "image/avif")
    assert first.depth == depth
    assert distance(first.pixels, deep) < 4 * 257
    again = pictures.read(pictures.write(first, "image/avif"), "image/avif")
    assert again.depth == depth


@pytest.mark.parametrize(
    ("form", "image", "shape"),
    [
        ("PNG", Image.fromarray(COLOUR).convert("P"), (121, 203, 3)),
        ("PNG", Image.fromarray(COLOUR).convert("LA"), (121, 203, 4)),
        ("PNG", Image.fromarray(COLOUR).convert("1"), (121, 203)),
        ("TIFF", Image.fromarray(COLOUR).convert("P"), (121, 203, 3)),
        ("TIFF", Image.fromarray(CLEAR), (121, 203, 4)),
        ("WEBP", Image.fromarray(CLEAR), (121, 203, 4)),
    ],
)
def test_palettes_and_transparency_are_read_as_another_reader_does(form: str, image: Any, shape: Any) -> None:
    picture = pictures.read(file(form, image), KINDS[form])
    assert picture.pixels.shape == shape
    shown = Image.open(io.BytesIO(file(form, image))).convert({2: "L"}.get(len(shape), "RGBA"))
    expected = np.asarray(shown) if len(shape) == 2 else np.asarray(shown)[..., : shape[2]]
    assert distance(picture.pixels, expected) < 0.5


@pytest.mark.parametrize("media_type", KINDS.values())
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (5, 1), (3, 3, 3)])
def test_the_smallest_pictures_are_read(media_type: str, shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, 77, np.uint8)
    assert (
        pictures.read(pictures.write(Picture(pixels, media_type), media_type), media_type).pixels.shape[:2] == shape[:2]
    )


@pytest.mark.parametrize(
    ("data", "media_type", "why"),
    [
        (file("JPEG", Image.fromarray(COLOUR).convert("CMYK")), "image/jpeg", "CMYK"),
        (file("TIFF", Image.fromarray(COLOUR).convert("CMYK")), "image/tiff", "CMYK"),
        (file("TIFF", Image.fromarray(COLOUR).convert("F")), "image/tiff", "whole numbers"),
        (file("TIFF", save_all=True, append_images=[Image.fromarray(GREY)]), "image/tiff", "several pages"),
        (file("PNG", save_all=True, append_images=[Image.fromarray(255 - COLOUR)]), "image/png", "animated"),
        (file("WEBP", save_all=True, append_images=[Image.fromarray(255 - COLOUR)]), "image/webp", "animated"),
        (file("AVIF", save_all=True, append_images=[Image.fromarray(255 - COLOUR)]), "image/avif", "animated"),
        (file("GIF"), "image/png", "GIF"),
        (file("JPEG"), "image/png", "image/jpeg"),
        (b"", "image/png", "empty"),
    ],
)
def test_what_is_not_marked_is_refused_with_the_reason(data: bytes, media_type: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        pictures.read(data, media_type)
    assert refused.value.hint or why == "empty"


@pytest.mark.parametrize("form", KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.999])
def test_a_picture_that_is_cut_off_is_refused(form: str, kept: float) -> None:
    data = file(form)
    with pytest.raises(Invalid):
        pictures.read(data[: int(len(data) * kept)], KINDS[form])


def test_damage_that_a_decoder_paints_over_is_heard(capfd: Any) -> None:
    data = file("JPEG", quality=90)
    damaged = data[: len(data) // 2] + b"\xff\xd9"
    with pytest.raises(Invalid, match="premature end"):
        pictures.read(damaged, "image/jpeg")
    assert "premature end" in pictures.read(damaged, "image/jpeg", strict=False).notes[0]
    assert capfd.readouterr().err == ""


def test_a_checksum_that_fails_is_refused() -> None:
    data = bytearray(file("PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(Invalid, match="checksum"):
        pictures.read(bytes(data), "image/png")


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")


def test_bombs_are_refused_by_their_header() -> None:
    with pytest.raises(Invalid, match="30,000 × 30,000 pixels"):
        pictures.read(bomb(30_000, 30_000), "image/png")
    with pytest.raises(Invalid, match="pixels"):
        pictures.read(file("JPEG"), "image/jpeg", limits=media.Limits(pixels=1000))


def test_what_a_format_cannot_hold_is_refused() -> None:
    with pytest.raises(Invalid, match="transparent"):
        pictures.write(Picture(CLEAR, "image/png"), "image/jpeg")
    with pytest.raises(Invalid, match="can't be image/webp"):
        pictures.write(Picture(np.zeros((1, 20_000), np.uint8), "image/png"), "image/webp")


def test_colour_numbers_and_chunks_survive() -> None:
    wide = Attached(colour=(9, 16))
    found = pictures.read(pictures.write(Picture(COLOUR, "image/avif", attached=wide), "image/avif"), "image/avif")
    assert found.attached.colour == (9, 16)
    gamma = struct.pack(">I", 4) + b"gAMA" + struct.pack(">I", 45455)
    gamma += struct.pack(">I", zlib.crc32(gamma[4:]))
    data = pictures.write(Picture(COLOUR, "image/png", attached=Attached(chunks=gamma)), "image/png")
    assert pictures.read(data, "image/png").attached.chunks == gamma
    assert Image.open(io.BytesIO(data)).info["gamma"] == 0.45455


SEEDS = [
    (KINDS[form], file(form, COLOUR[:48, :64], **options))
    for form, options in (
        ("JPEG", {"exif": b"Exif\0\0" + exif(6), "icc_profile": ICC}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {"exif": exif(3)}),
        ("WEBP", {"lossless": True}),
        ("AVIF", {"exif": exif(6)}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    )
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=4)), max_size=6), st.data()
)
def test_only_the_projects_own_errors_come_out(seed: tuple[str, bytes], edits: Any, drawn: st.DataObject) -> None:
    media_type, whole = seed
    data = bytearray(whole)
    for at, inserted in edits:
        at %= len(data)
        data[at : at + drawn.draw(st.integers(0, 4))] = inserted
        data = data or bytearray(b"x")
    with suppress(KeptError):
        picture = pictures.read(bytes(data), media_type)
        pictures.write(picture, media_type)
