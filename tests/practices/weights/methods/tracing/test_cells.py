"""Cells are told from coarsely rounded values, and from nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.weights.methods.tracing.cells import half_widths
from simulators.leaker import quantised


def weights(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((64, 512)).astype(np.float32) * 0.02


@given(st.integers(2, 5), st.sampled_from([32, 64, 128, 256, 512]), st.integers(0, 99))
def test_cells_are_those_of_the_quantiser(bits: int, group: int, seed: int) -> None:
    values = weights(seed)
    found = half_widths(quantised(values, bits, group))
    if bits == 5 and group == 32:  # half of the values of a group are distinct: too many to be told
        return
    assert found is not None
    expected = np.abs(values.reshape(-1, group)).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1) / 2
    near = np.isclose(found.reshape(-1, group), expected, rtol=1e-3)
    assert near.mean() > 0.9


def test_what_was_not_rounded_has_no_cells() -> None:
    assert half_widths(weights()) is None
    assert half_widths(quantised(weights(), 8)) is None
    assert half_widths(np.zeros((4, 64), np.float32)) is None
    assert half_widths(np.where(np.random.default_rng(1).random((64, 512)) < 0.03, weights(), np.nan)) is None
