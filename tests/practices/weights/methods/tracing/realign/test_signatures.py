"""A row is found again among many by a few projections, whatever was done to it."""

import numpy as np
import pytest

from kept.practices.weights.methods.tracing.realign.signatures import cosines, nearest, sample, signatures
from simulators.leaker import noisy, pruned, quantised


def rows(seed: int, count: int = 2000, columns: int = 300, shared: float = 0.0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return (draw.standard_normal((count, columns)) + shared * draw.standard_normal(columns)).astype(np.float32)


@pytest.mark.parametrize("shared", [0.0, 2.0])
@pytest.mark.parametrize(
    "hidden",
    [
        lambda values: values,
        lambda values: values * 5,
        lambda values: quantised(pruned(noisy(values, 0.1), 0.3), 4, 300),
    ],
)
def test_each_row_finds_itself(hidden, shared: float) -> None:
    one, other = rows(1, shared=shared), rows(2, shared=shared)
    order = np.random.default_rng(3).permutation(len(one))
    which, where, alike = nearest(hidden(one[order]), {"other": signatures(other), "one": signatures(one)})
    right = (which == 1) & (where == order)
    assert right.mean() > 0.99
    assert np.median(alike) > 0.9


def test_a_stranger_looks_like_nothing() -> None:
    _, _, alike = nearest(rows(5, 100), {"one": signatures(rows(1))})
    assert np.mean(alike >= 0.6) < 0.05


def test_few_values_tell_no_likeness() -> None:
    original = rows(1, 4)
    suspect = np.full_like(original, np.nan)
    suspect[:, :3] = original[:, :3]
    assert cosines(suspect, original).tolist() == [0, 0, 0, 0]
    suspect[:, :20] = -original[:, :20]
    assert np.allclose(cosines(suspect, original), 1)
    assert cosines(np.zeros_like(original), original).tolist() == [0, 0, 0, 0]


def test_a_sample_is_evenly_spread_and_never_longer_than_asked() -> None:
    assert sample(0, 5).tolist() == []
    assert sample(3, 5).tolist() == [0, 1, 2]
    assert sample(101, 3).tolist() == [0, 50, 100]
