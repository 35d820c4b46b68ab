"""What callers hand over is counted in any form, and refused where it is no number."""

import numpy as np
import pytest

from kept.core.estimate.observations import counts, names, numbers
from kept.errors import Invalid


def test_outcomes_are_counted_by_the_cluster_of_each() -> None:
    assert counts([1, 0, None, 1], ["b", "a", "a", "b"]) == ([(2, 2), (0, 1)], 1)
    assert counts(np.array([1, 0, np.nan]), np.array([7, 7, 7])) == ([(1, 2)], 1)
    assert counts([], None) == ([], 0)


def test_numbers_keep_what_is_missing() -> None:
    assert np.isnan(numbers([1.5, None, float("nan")], "They")).tolist() == [False, True, True]


@pytest.mark.parametrize("wrong", ["12", ["1"], [[1]], [float("inf")], [1, "x"], 3])
def test_what_is_no_series_of_numbers_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid, match="They are not"):
        numbers(wrong, "They")


def test_every_value_needs_the_name_of_its_cluster() -> None:
    assert names(np.array(["x", "y"]), 2) == ["x", "y"]
    with pytest.raises(Invalid):
        names(["x"], 2)
