"""Where a found mark lay: the geometry undoes what was done."""

import cv2
import numpy as np
import pytest
import skimage.data

from kept.practices.provenance.methods.image import detect, embed
from kept.practices.provenance.records import Geometry, MarkKey, Payload

KEY = MarkKey("a", bytes(range(32)))


def geometry(pixels: np.ndarray) -> Geometry:
    found = detect(pixels, [KEY])
    assert found is not None
    assert found.geometry is not None
    return found.geometry


def marked() -> np.ndarray:
    return embed(skimage.data.astronaut(), Payload(1, 2), KEY)


def undone(pixels: np.ndarray, found: Geometry) -> np.ndarray:
    matrix = np.array(found.matrix).reshape(2, 3)
    return cv2.warpAffine(pixels, matrix, (512, 512), flags=cv2.INTER_LINEAR)


def test_a_picture_that_lies_as_it_was_has_the_identity_and_its_size() -> None:
    found = geometry(marked())
    assert np.allclose(found.matrix, (1, 0, 0, 0, 1, 0), atol=0.3)
    assert found.size == (512, 512)


@pytest.mark.parametrize("way", ["turn", "mirror", "half", "stretch"])
def test_the_geometry_brings_each_pixel_back(way: str) -> None:
    pixels = marked()
    turn = cv2.getRotationMatrix2D((255.5, 255.5), 7, 1)
    attacked = {
        "turn": lambda: cv2.warpAffine(pixels, turn, (512, 512), flags=cv2.INTER_CUBIC),
        "mirror": lambda: pixels[:, ::-1].copy(),
        "half": lambda: cv2.resize(pixels, (256, 256), interpolation=cv2.INTER_AREA),
        "stretch": lambda: cv2.resize(pixels, (512, 570), interpolation=cv2.INTER_CUBIC),
    }[way]()
    middle = (slice(100, 400), slice(100, 400))
    back = undone(attacked, geometry(attacked))[middle].astype(float)
    likeness = np.corrcoef(back.ravel(), pixels[middle].astype(float).ravel())[0, 1]
    assert likeness > 0.98


def test_a_cut_is_known_but_for_whole_tiles_and_has_no_size() -> None:
    found = geometry(marked()[50:450, 33:433].copy())
    assert found.size is None
    assert np.allclose(np.array(found.matrix)[[0, 1, 3, 4]], (1, 0, 0, 1), atol=0.002)
    across, along = (found.matrix[2] - 33) / 80, (found.matrix[5] - 50) / 80
    assert abs(across - round(across)) < 0.01
    assert abs(along - round(along)) < 0.01
