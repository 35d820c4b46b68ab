"""A fingerprint tells the same film, or a part of it, also where the picture moves, and other films from it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from kept.errors import Invalid
from kept.practices.provenance.methods.fingerprint import film
from kept.practices.provenance.methods.fingerprint.film import FilmFingerprint, compare, fingerprint
from kept.practices.provenance.methods.fingerprint.picture import TILE
from kept.practices.provenance.records import Geometry

WIDTH, HEIGHT, RATE = 640, 360, 10
NAMES = ("astronaut", "coffee", "rocket", "chelsea")
Pixels = NDArray[Any]


def shot(name: str, seconds: float, *, start: float = 0.0) -> Iterator[tuple[float, Pixels]]:
    """A camera that pans over a photograph and draws near, 20 pixels a second."""
    photograph = cv2.resize(np.asarray(getattr(data, name)()), (1200, 900), interpolation=cv2.INTER_CUBIC)
    for number in range(int(seconds * RATE)):
        second = start + number / RATE
        zoom = 1 + 0.01 * second
        onto = np.array([[1 / zoom, 0, 100 + 20 * second], [0, 1 / zoom, 150 + 7 * second]])
        yield number / RATE, cv2.warpAffine(photograph, onto, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | 16)


@cache
def stored_of(name: str) -> FilmFingerprint:
    return fingerprint(shot(name, 6))


def compressed(frames: Iterator[tuple[float, Pixels]], *, quality: int = 40) -> Iterator[tuple[float, Pixels]]:
    for second, pixels in frames:
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        yield second, cv2.imdecode(packed, cv2.IMREAD_COLOR)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_film_agrees(name: str) -> None:
    found = compare(stored_of(name), compressed(shot(name, 6)))
    assert found.state == "agrees"
    assert found.share > 0.9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", [2.03, 4.26])
def test_an_excerpt_agrees_wherever_it_begins(name: str, start: float) -> None:
    assert compare(stored_of(name), compressed(shot(name, 1.5, start=start))).state == "agrees"


def test_other_films_never_agree_and_mostly_disagree() -> None:
    pairs = [(one, other) for one in NAMES for other in NAMES if one != other]
    states = [compare(stored_of(one), shot(other, 2)).state for one, other in pairs]
    assert "agrees" not in states
    assert states.count("disagrees") > len(states) / 2


@pytest.mark.parametrize("name", NAMES)
def test_a_crop_agrees_once_it_is_put_back(name: str) -> None:
    cropped = ((second, pixels[40:340, 30:590]) for second, pixels in shot(name, 1.5, start=1.0))
    placed = Geometry((1.0, 0.0, 30.0 + TILE, 0.0, 1.0, 40.0 - 2 * TILE))
    found = compare(stored_of(name), compressed(cropped, quality=60), placed)
    assert found.state == "agrees"
    assert found.share > 0.85


def test_smaller_frames_and_another_speed_agree() -> None:
    small = [(second / 1.25, cv2.resize(pixels, (320, 180))) for second, pixels in shot("coffee", 3)]
    assert compare(stored_of("coffee"), small, speed=1.25).state == "agrees"


def test_a_longer_film_never_disagrees() -> None:
    long = [(4 * second, pixels) for second, pixels in shot("rocket", 3)]
    assert compare(stored_of("coffee"), long).state == "inconclusive"
    assert compare(stored_of("coffee"), shot("rocket", 3)).state == "disagrees"


def test_nothing_and_flat_frames_are_inconclusive() -> None:
    stored = stored_of("coffee")
    assert compare(stored, []).state == "inconclusive"
    flat = [(0.0, np.full((HEIGHT, WIDTH), 50, np.uint8))]
    assert compare(stored, flat).state == "inconclusive"
    assert compare(fingerprint(flat), shot("coffee", 3)).state == "inconclusive"
    with pytest.raises(Invalid, match="without a frame"):
        fingerprint([])


def test_a_long_film_keeps_fewer_frames_a_second_and_frames_of_another_size_are_passed_over() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160), dtype=np.uint8)
    stored = fingerprint([(second / 2, noise) for second in range(1000)])
    assert 200 < len(stored.times) <= film.FRAMES
    assert stored.times[-1] > 490
    assert len(fingerprint([(0.0, noise), (1.0, noise[:50]), (2.0, noise)]).times) == 2


def test_a_fingerprint_comes_back_from_its_bytes() -> None:
    stored = stored_of("coffee")
    packed = stored.to_bytes()
    again = FilmFingerprint.from_bytes(packed)
    assert (again.width, again.height, again.times.tolist()) == (WIDTH, HEIGHT, stored.times.tolist())
    assert (again.signs == stored.signs).all()
    assert len(packed) < 2000 * 6


def test_bytes_that_are_no_fingerprint_are_refused() -> None:
    good = fingerprint(shot("coffee", 2)).to_bytes()
    backwards = good[:8] + good[12:16] + good[8:12] + good[16:]
    for packed in (b"", b"F1", good[:-1], good + b"\0", b"P1" + good[2:], b"F1" + b"\xff" * 100, backwards):
        with pytest.raises(Invalid, match="can't be read"):
            FilmFingerprint.from_bytes(packed)
