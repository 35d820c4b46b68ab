"""A fingerprint tells the same picture after whatever a mark survives, and other pictures from it, or says neither."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint.picture import (
    LONG_SIDE,
    TILE,
    PictureFingerprint,
    compare,
    fingerprint,
)
from kept.practices.provenance.records import Geometry

Pixels = NDArray[Any]
Matrix = NDArray[np.float64]
NAMES = (
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
    "camera",
    "brick",
    "page",
    "coins",
    "grass",
    "immunohistochemistry",
)


def picture(name: str) -> Pixels:
    """In colour, and at least 600 pixels long."""
    pixels = np.asarray(getattr(data, name)())
    pixels = np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
    scale = max(1.0, 640 / max(pixels.shape[:2]))
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def scaled(pixels: Pixels, width: int, height: int) -> tuple[Pixels, Matrix]:
    a, e = pixels.shape[1] / width, pixels.shape[0] / height
    resized = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if a > 1 else cv2.INTER_CUBIC)
    return resized, np.array([[a, 0, (a - 1) / 2], [0, e, (e - 1) / 2], [0, 0, 1]])


def turned(pixels: Pixels, degrees: float) -> tuple[Pixels, Matrix]:
    height, width = pixels.shape[:2]
    forth = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
    return cv2.warpAffine(pixels, forth, (width, height)), np.linalg.inv(np.vstack([forth, [0, 0, 1]]))


def cropped(pixels: Pixels, top: int, left: int, height: int, width: int) -> tuple[Pixels, Matrix]:
    shifted = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    return pixels[top : top + height, left : left + width], shifted


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def alike(pixels: Pixels) -> tuple[Pixels, Matrix]:
    return pixels, np.eye(3)


def everything(pixels: Pixels) -> tuple[Pixels, Matrix]:
    first, turn = turned(pixels, 3)
    second, crop = cropped(first, 60, 50, 300, 420)
    third, scale = scaled(second, 336, 240)
    return jpeg(third, 70), turn @ crop @ scale


ATTACKS: dict[str, Callable[[Pixels], tuple[Pixels, Matrix]]] = {
    "none": alike,
    "jpeg 30": lambda pixels: (jpeg(pixels, 30), np.eye(3)),
    "noise": lambda pixels: (
        np.clip(pixels + np.random.default_rng(1).normal(0, 10, pixels.shape), 0, 255).astype(np.uint8),
        np.eye(3),
    ),
    "blur": lambda pixels: (cv2.GaussianBlur(pixels, (0, 0), 1), np.eye(3)),
    "brighter": lambda pixels: (cv2.convertScaleAbs(pixels, alpha=1.2), np.eye(3)),
    "darker": lambda pixels: (cv2.convertScaleAbs(pixels, alpha=0.6), np.eye(3)),
    "half the size": lambda pixels: scaled(pixels, pixels.shape[1] // 2, pixels.shape[0] // 2),
    "twice the size": lambda pixels: scaled(pixels, pixels.shape[1] * 2, pixels.shape[0] * 2),
    "squeezed": lambda pixels: scaled(pixels, pixels.shape[1], round(pixels.shape[0] * 0.9)),
    "turned by 15": lambda pixels: turned(pixels, 15),
    "turned by 90": lambda pixels: (
        np.rot90(pixels),
        np.array([[0, -1, pixels.shape[1] - 1.0], [1, 0, 0], [0, 0, 1]]),
    ),
    "flipped": lambda pixels: (pixels[:, ::-1], np.array([[-1, 0, pixels.shape[1] - 1.0], [0, 1, 0], [0, 0, 1]])),
    "a quarter": lambda pixels: cropped(pixels, 77, 101, pixels.shape[0] // 2, pixels.shape[1] // 2),
    "everything": everything,
}


def found(pixels: Pixels, back: Matrix, *, tiles: tuple[int, int] = (0, 0), size: tuple[int, int] | None) -> Geometry:
    """What a detector says: where pixels were in the pattern, but for whole tiles."""
    scale = min(1.0, LONG_SIDE / max(pixels.shape[:2]))
    onto = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]]) @ back
    onto[:2, 2] += np.multiply(tiles, TILE)
    return Geometry(tuple(onto[:2].ravel().tolist()), size)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_agrees_after_an_attack(name: str, attack: str) -> None:
    pixels = picture(name)
    attacked, back = ATTACKS[attack](pixels)
    stored = fingerprint(pixels)
    agreement = compare(stored, attacked, found(pixels, back, tiles=(3, -2), size=None))
    assert agreement.state == "agrees"
    assert agreement.share > 0.85
    assert agreement.p_value < 1e-4


def test_other_pictures_never_agree_and_nearly_always_disagree() -> None:
    states = []
    pictures = {name: picture(name) for name in NAMES}
    for name, marked in pictures.items():
        stored = fingerprint(marked)
        for other, pixels in pictures.items():
            if other != name:
                for size in (None, (stored.width, stored.height)):
                    states.append(compare(stored, pixels, found(pixels, np.eye(3), tiles=(1, 0), size=size)).state)
    assert "agrees" not in states
    assert states.count("disagrees") > 0.9 * len(states)


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_large_picture_is_compared_at_the_size_at_which_it_is_marked(name: str) -> None:
    large = scaled(picture(name), 2400, 1500)[0]
    stored = fingerprint(large)
    assert (stored.width, stored.height) == (1024, 640)
    shown, back = scaled(large, 1080, 675)
    assert compare(stored, jpeg(shown, 70), found(large, back, size=(1024, 640))).state == "agrees"


def test_without_a_geometry_the_whole_picture_is_compared_also_mirrored() -> None:
    pixels = picture("coffee")
    stored = fingerprint(pixels)
    small = scaled(pixels, 300, 200)[0]
    assert compare(stored, small).state == "agrees"
    assert compare(stored, small[:, ::-1]).state == "agrees"
    assert compare(stored, picture("rocket")).state == "disagrees"


def test_too_little_or_too_flat_is_inconclusive() -> None:
    pixels = picture("astronaut")
    stored = fingerprint(pixels)
    flat = np.full((500, 500, 3), 90, np.uint8)
    assert compare(stored, flat, found(flat, np.eye(3), size=None)).state == "inconclusive"
    assert compare(fingerprint(flat), pixels, found(pixels, np.eye(3), size=None)).state == "inconclusive"
    sliver, back = cropped(picture("coffee"), 100, 100, 45, 45)
    assert compare(stored, sliver, found(pixels, back, size=None)).state == "inconclusive"
    assert compare(fingerprint(pixels[:1, :1]), pixels[:1, :1]).state == "inconclusive"


def test_a_geometry_that_no_picture_has_compares_nothing() -> None:
    pixels = picture("camera")
    wild = Geometry((1e6, 0.0, 0.0, 0.0, 1e6, 0.0))
    assert compare(fingerprint(pixels), pixels, wild).compared == 0


def test_deep_grey_and_transparent_pixels_count_alike() -> None:
    pixels = picture("chelsea")
    stored = fingerprint(pixels)
    alpha = np.dstack([pixels, np.full(pixels.shape[:2], 7, np.uint8)])
    for other in (pixels.astype(np.uint16) * 257, alpha, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)):
        assert compare(stored, other).share > 0.97


@settings(max_examples=40)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32))
def test_a_fingerprint_comes_back_from_its_bytes(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    kept = fingerprint(pixels)
    again = PictureFingerprint.from_bytes(kept.to_bytes())
    assert (again.width, again.height) == (width, height)
    assert (again.across == kept.across).all()
    assert (again.down == kept.down).all()


@pytest.mark.parametrize("data", [b"", b"P1", b"P1\0\0\0", b"P1\xff\xff\xff\xff" + bytes(100), b"S1" + bytes(50)])
def test_bytes_that_are_no_fingerprint_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        PictureFingerprint.from_bytes(data)


def test_it_takes_few_bytes() -> None:
    assert len(fingerprint(scaled(picture("coffee"), 1500, 1000)[0]).to_bytes()) < 3000
