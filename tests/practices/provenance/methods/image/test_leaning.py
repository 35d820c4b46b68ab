"""The search for leaning patterns: an affine map is told without a key, where it is near a turn and a scale."""

import cv2
import numpy as np
import pytest
import skimage.data

from kept.practices.provenance.methods.image import decision, embed, leaning
from kept.practices.provenance.methods.image.perception import luminance, seen
from kept.practices.provenance.methods.image.spectrum import Spectrum
from kept.practices.provenance.records import MarkKey, Payload

KEY = MarkKey("a", bytes(range(32)))


def turned(degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def received(matrix: np.ndarray) -> Spectrum:
    marked = luminance(embed(skimage.data.astronaut(), Payload(1, 2), KEY))
    shift = np.array([256, 256]) - matrix @ [256, 256]
    return Spectrum.of(seen(cv2.warpAffine(marked, np.column_stack([matrix, shift]), (512, 512))))


@pytest.mark.parametrize(
    "matrix",
    [
        np.array([[1, 0.03], [0, 1]]),
        np.array([[1, 0], [-0.12, 1]]),
        turned(3) @ np.diag([1.15, 1]),
        np.diag([1, 0.9]) @ turned(40) * 0.9,
        turned(-70) @ np.diag([1.1, 1.3]),
    ],
    ids=["shear", "steep shear", "stretched and turned", "turned and stretched", "larger"],
)
def test_an_affine_map_is_told_but_for_how_a_square_lies_on_itself(matrix: np.ndarray) -> None:
    spectrum = received(matrix)
    best, *_ = leaning.candidates(spectrum, spectrum, 8)
    ways, _, _ = decision.symmetries()
    assert min(np.abs(best @ way - matrix).max() for way in ways) < 0.008


def test_the_maps_of_points_are_scales_turns_and_leans() -> None:
    points = np.array([[0, 0, 0, 0], [np.log(2), 0, 0, 0], [0, np.pi / 2, 0, 0], [0, 0, 0.1, 0], [0, 0, 0, 0.1]])
    wide, narrow = np.cosh(0.1), np.sinh(0.1)
    expected = [
        np.eye(2),
        2 * np.eye(2),
        turned(90),
        np.diag([np.exp(0.1), np.exp(-0.1)]),
        [[wide, narrow], [narrow, wide]],
    ]
    assert np.allclose(leaning.maps(points), expected)


def test_what_is_plain_gives_candidates_too() -> None:
    spectrum = Spectrum.of(np.zeros((200, 300), np.float32))
    assert np.isfinite(leaning.candidates(spectrum, spectrum, 8)).all()
