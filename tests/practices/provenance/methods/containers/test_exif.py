"""EXIF is copied whole and read for its orientation alone."""

import io
import struct

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kept.practices.provenance.methods.containers import exif


def block(orientation: int, order: str = "<") -> bytes:
    made = Image.Exif()
    made.endian = order
    made[271] = "A maker"
    made[0x0112] = orientation
    made.get_ifd(exif.EXIF)[0x9003] = "2026:11:28 12:00:00"
    return made.tobytes()[6:]


def read(data: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(data)
    return found


def test_it_is_turned_upright_in_place_in_both_byte_orders() -> None:
    for order in "<>":
        for orientation in range(1, 9):
            made = block(orientation, order)
            assert exif.orientation(made) == orientation
            turned = exif.upright(made)
            assert (len(turned), exif.orientation(turned)) == (len(made), 1)
            assert read(turned)[271] == "A maker"


def test_what_cannot_be_read_says_nothing_and_stays_as_it_is() -> None:
    for broken in (b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"nothing of that kind at all", block(6)[:12]):
        assert exif.orientation(broken) == 1
        assert exif.upright(broken) == broken


def test_it_moves_into_a_tiff_and_out_of_one() -> None:
    for order in "<>":
        fields = exif.to_carry(block(6, order))
        assert fields is not None
        again = exif.carried(fields, "<")
        assert again is not None
        moved = read(again)
        assert moved[271] == "A maker"
        assert moved.get_ifd(exif.EXIF)[0x9003] == "2026:11:28 12:00:00"
        # The pixels are turned already.
        assert 0x0112 not in moved


def test_a_directory_that_points_at_itself_is_left_after_one_turn() -> None:
    looping = b"II*\0" + struct.pack("<IHHHIII", 8, 1, exif.EXIF, 4, 1, 8, 0)
    assert exif.to_carry(looping) is not None


@given(st.binary(max_size=200))
def test_any_bytes_can_be_asked(tail: bytes) -> None:
    for order, sign in (("<", b"II*\0"), (">", b"MM\0*")):
        data = sign + struct.pack(f"{order}I", 8) + tail
        assert 1 <= exif.orientation(data) <= 8
        exif.to_carry(data)
        exif.folder(data, order, 8, large=True)


def test_a_picture_of_another_program_reads_what_was_written() -> None:
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "TIFF", tiffinfo={271: "A maker", 33432: "Somebody"})
    data = made.getvalue()
    order = exif.order_of(data)
    assert order == "<"
    kept = exif.carried(exif.folder(data, order, struct.unpack_from("<I", data, 4)[0]), order)
    assert kept is not None
    assert read(kept)[33432] == "Somebody"
