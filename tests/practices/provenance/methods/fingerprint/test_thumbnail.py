"""The pixels from which a picture's code is computed are those that ISCC's toolkit makes with Pillow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from kept.practices.provenance.methods.fingerprint.thumbnail import SIDE, thumbnail


def by_pillow(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255)), image)
    across = image.convert("L").resize((SIDE, image.height), Image.Resampling.BICUBIC)
    return np.asarray(across.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("name", ["astronaut", "camera", "chelsea", "coffee", "rocket", "logo"])
def test_pictures(name: str) -> None:
    pixels = getattr(data, name)()
    if name == "logo":  # its border is cut off
        inked = np.argwhere((pixels[..., 3] > 0) & (pixels[..., :3] < 255).any(axis=2))
        (top, left), (bottom, right) = inked.min(0), inked.max(0) + 1
        assert (thumbnail(pixels) == by_pillow(pixels[top:bottom, left:right])).all()
    else:
        assert (thumbnail(pixels) == by_pillow(pixels)).all()


@settings(max_examples=60)
@given(st.integers(2, 200), st.integers(2, 200), st.sampled_from([(), (3,), (4,)]), st.integers(0, 2**32))
def test_any_size_and_kind(height: int, width: int, bands: tuple[int, ...], seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, *bands), dtype=np.uint8)
    pixels[0, 0] = 255  # a corner that differs from its neighbours, so that nothing is cut off
    pixels[-1, -1], pixels[0, -1], pixels[-1, 0] = 0, 3, 7
    if bands == (4,):
        pixels[[0, 0, -1, -1], [0, -1, 0, -1], 3] = 255
    assert (thumbnail(pixels) == by_pillow(pixels)).all()


def test_a_border_of_one_colour_does_not_count() -> None:
    pixels = data.camera()
    assert (thumbnail(np.pad(pixels, ((20, 3), (0, 40)))) == thumbnail(pixels)).all()


def test_deep_pixels_count_as_shallow_ones() -> None:
    pixels = data.astronaut()
    assert (thumbnail(pixels.astype(np.uint16) * 257) == thumbnail(pixels)).all()


def test_a_picture_of_one_colour_and_one_of_one_pixel_have_one() -> None:
    assert (thumbnail(np.full((9, 7), 40, np.uint8)) == 40).all()
    assert thumbnail(np.zeros((1, 1, 3), np.uint8)).shape == (SIDE, SIDE)
