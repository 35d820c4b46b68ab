"""Pictures stand the right way up."""

import numpy as np
import pytest

from kept.practices.provenance.methods.picture import Picture, upright

STORED = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, [[1, 2, 3], [4, 5, 6]]),
        (2, [[3, 2, 1], [6, 5, 4]]),
        (3, [[6, 5, 4], [3, 2, 1]]),
        (4, [[4, 5, 6], [1, 2, 3]]),
        (5, [[1, 4], [2, 5], [3, 6]]),
        (6, [[4, 1], [5, 2], [6, 3]]),
        (7, [[6, 3], [5, 2], [4, 1]]),
        (8, [[3, 6], [2, 5], [1, 4]]),
    ],
)
def test_each_orientation_is_undone(orientation: int, shown: list[list[int]]) -> None:
    assert upright(STORED, orientation).tolist() == shown


def test_other_pixels_keep_what_the_picture_carries() -> None:
    picture = Picture(STORED, "image/png", depth=8, quality=93)
    marked = picture.having(STORED + 1)
    assert (marked.quality, marked.pixels.tolist()) == (93, [[2, 3, 4], [5, 6, 7]])
