"""The search: where the lattice of lines lies, found without a key."""

import cv2
import numpy as np
import pytest
import skimage.data

from kept.practices.provenance.methods.image import embed, search, spectrum
from kept.practices.provenance.methods.image.perception import luminance, seen
from kept.practices.provenance.records import MarkKey, Payload

KEY = MarkKey("a", bytes(range(32)))


def moved(matrix: np.ndarray) -> spectrum.Spectrum:
    marked = luminance(embed(skimage.data.astronaut(), Payload(1, 2), KEY))
    corners = np.array([[-256, -256], [256, -256], [-256, 256], [256, 256]]) @ matrix.T
    size = np.ceil(np.ptp(corners, axis=0)).astype(int)
    shift = size / 2 - matrix @ [256, 256]
    return spectrum.Spectrum.of(seen(cv2.warpAffine(marked, np.column_stack([matrix, shift]), size.tolist())))


def turned(degrees: float, scale: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1), (33, 1), (71, 0.7), (5, 1.6), (12.5, 2.1)])
def test_a_turn_and_a_scale_are_told_by_the_best_candidate(degrees: float, scale: float) -> None:
    best, *_ = search.candidates(moved(turned(degrees, scale)), 8)
    # A quarter turn more or less looks the same.
    quarter = turned(90, 1)
    away = min(
        np.abs(best.matrix @ np.linalg.matrix_power(quarter, times) - turned(degrees, scale)).max()
        for times in range(4)
    )
    assert away < 0.012 * scale


@pytest.mark.parametrize(("across", "along"), [(0.9, 1), (1, 1.15), (0.8, 0.95)])
def test_a_stretch_along_the_axes_is_told(across: float, along: float) -> None:
    best, *_ = search.candidates(moved(np.diag([across, along])), 8)
    assert np.allclose(np.abs(best.matrix), np.diag([across, along]), atol=0.01)
