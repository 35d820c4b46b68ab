"""Marks in pictures: near enough not to be seen, and found whatever was done, under the right key only."""

import math
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data

from kept.errors import Invalid
from kept.practices.provenance.methods.image import detect, embed
from kept.practices.provenance.methods.image.decision import PAYLOADS, POSITIONS
from kept.practices.provenance.methods.image.detection import GEOMETRIES
from kept.practices.provenance.records import MarkKey, Payload

KEY = MarkKey("2026-a", bytes(range(32)))
OTHER = MarkKey("2026-b", bytes(range(1, 33)))
PAYLOAD = Payload(model=0x5A5A5, content=0x123456789A)


@cache
def photograph(name: str = "astronaut") -> np.ndarray:
    return getattr(skimage.data, name)()


@cache
def marked(name: str = "astronaut") -> np.ndarray:
    return embed(photograph(name), PAYLOAD, KEY)


def large() -> np.ndarray:
    return cv2.resize(photograph("coffee"), (1500, 1000), interpolation=cv2.INTER_CUBIC)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    peak = 255 if one.dtype == np.uint8 else 65535
    return 20 * math.log10(peak) - 10 * math.log10(np.mean((one.astype(float) - other) ** 2))


def compressed(picture: np.ndarray, kind: str, quality: int) -> np.ndarray:
    flag = cv2.IMWRITE_JPEG_QUALITY if kind == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    _, data = cv2.imencode(kind, picture[..., ::-1], [flag, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)


def scaled(picture: np.ndarray, across: float, along: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=across, fy=along, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "camera"])
def test_a_marked_picture_stays_within_42_db(name: str) -> None:
    assert 42.0 <= psnr(photograph(name), marked(name)) < 42.6


def test_a_picture_that_is_texture_all_over_bears_more_by_a_decibel_at_most() -> None:
    assert 41.2 <= psnr(photograph("grass"), marked("grass")) < 41.6


@pytest.mark.parametrize(
    "picture",
    [
        photograph(),
        photograph("camera"),
        np.dstack([photograph(), np.full((512, 512), 7, np.uint8)]),
        photograph().astype(np.uint16) * 257,
        photograph("camera").astype(np.uint16) * 257,
        photograph()[:301, :257],
        large(),
    ],
    ids=["rgb", "grey", "rgba", "rgb16", "grey16", "odd", "large"],
)
def test_a_mark_is_found_in_every_kind_of_pixels(picture: np.ndarray) -> None:
    before = picture.copy()
    result = embed(picture, PAYLOAD, KEY)
    assert (result.shape, result.dtype) == (picture.shape, picture.dtype)
    assert np.array_equal(picture, before)
    found = detect(result, [KEY])
    assert found is not None
    assert (found.payload, found.key_id) == (PAYLOAD, "2026-a")
    assert found.p_value < 1e-9
    if picture.ndim == 3 and picture.shape[2] == 4:
        assert np.array_equal(result[..., 3], picture[..., 3])


def mapped(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    middle = np.array([width - 1, height - 1]) / 2
    return cv2.warpAffine(
        picture, np.column_stack([matrix, middle - matrix @ middle]), (width, height), flags=cv2.INTER_CUBIC
    )


@pytest.mark.parametrize(
    "attack",
    [
        lambda picture: compressed(picture, ".jpg", 40),
        lambda picture: compressed(picture, ".webp", 60),
        lambda picture: picture[:, ::-1].copy(),
        lambda picture: np.rot90(picture).copy(),
        lambda picture: turned(picture, 5),
        lambda picture: turned(picture, 200),
        lambda picture: scaled(picture, 0.6, 0.6),
        lambda picture: scaled(picture, 0.9, 1),
        lambda picture: scaled(picture, 1.7, 1.7),
        lambda picture: mapped(picture, np.array([[1, 0.06], [0, 1]])),
        lambda picture: turned(scaled(picture, 1, 1.15), 10),
        lambda picture: scaled(turned(picture, 3), 0.87, 1),
        lambda picture: picture[101:401, 77:390].copy(),
        lambda picture: compressed(scaled(turned(picture, 3)[60:450, 60:450], 0.8, 0.8), ".jpg", 70),
    ],
    ids="jpeg webp mirror quarter turn over half narrow double shear aspect-turn turn-aspect crop combined".split(),
)
def test_a_mark_is_found_whatever_was_done(attack: Callable[[np.ndarray], np.ndarray]) -> None:
    found = detect(attack(marked()), [KEY])
    assert found is not None
    assert found.payload == PAYLOAD


def test_a_large_picture_is_found_when_it_is_shown_small() -> None:
    found = detect(compressed(scaled(embed(large(), PAYLOAD, KEY), 0.4, 0.4), ".jpg", 70), [KEY])
    assert found is not None
    assert found.payload == PAYLOAD
    assert found.geometry is not None
    assert np.allclose(found.geometry.size, (1024, 683), atol=1)


@pytest.mark.parametrize("full", [False, True])
def test_nothing_is_found_where_nothing_is(full: bool) -> None:
    assert detect(photograph(), [KEY, OTHER], full=full) is None
    assert detect(marked(), [OTHER], full=full) is None
    assert detect(marked(), [], full=full) is None


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_picture_can_be_marked_or_not_but_is_never_taken_for_marked(value: int) -> None:
    plain = np.full((300, 300, 3), value, np.uint8)
    assert detect(plain, [KEY]) is None
    assert psnr(plain, embed(plain, PAYLOAD, KEY)) > 41.9


def test_several_keys_are_tried_and_the_right_one_is_told() -> None:
    found = detect(marked(), [OTHER, KEY])
    assert found is not None
    assert found.key_id == "2026-a"


def test_without_the_full_search_only_what_lies_as_it_was_is_found() -> None:
    assert detect(marked(), [KEY], full=False) is not None
    assert detect(marked()[3:, 5:].copy(), [KEY], full=False) is not None
    assert detect(turned(marked(), 5), [KEY], full=False) is None


def test_what_was_tried_is_counted_by_stage_and_key_wherever_the_search_stops() -> None:
    cut = marked()[3:, 5:].copy()
    tried = [
        (detect(marked(), [KEY], full=False), 2 * PAYLOADS),
        (detect(cut, [KEY], full=False), 2 * PAYLOADS * POSITIONS),
        (detect(marked(), [KEY]), 3 * PAYLOADS),
        (detect(cut, [KEY]), 3 * PAYLOADS * POSITIONS),
        (detect(turned(marked(), 5), [KEY]), 3 * PAYLOADS * POSITIONS * GEOMETRIES),
        (detect(marked(), [KEY, OTHER]), 2 * 3 * PAYLOADS),
    ]
    assert [found and found.hypotheses for found, _ in tried] == [count for _, count in tried]


def test_the_same_content_key_and_payload_give_the_same_pixels() -> None:
    assert np.array_equal(marked(), embed(photograph(), PAYLOAD, KEY))
    assert not np.array_equal(marked(), embed(photograph(), PAYLOAD, OTHER))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((300, 300, 3), np.float32),
        np.zeros((300, 300, 2), np.uint8),
        np.zeros(300, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((0, 300), np.uint8),
    ],
    ids=["floats", "two channels", "a row", "one pixel", "no pixel"],
)
def test_what_is_no_picture_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(Invalid):
        embed(wrong, PAYLOAD, KEY)


def test_a_picture_too_small_for_a_mark_holds_none() -> None:
    with pytest.raises(Invalid, match="can't hold a mark"):
        embed(photograph()[:100, :300], PAYLOAD, KEY)
    assert detect(photograph()[:1, :1].copy(), [KEY]) is None
