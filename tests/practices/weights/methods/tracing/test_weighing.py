"""A value weighs what it can say of a mark, and nothing that was done to hide it makes an innocent's score larger."""

import numpy as np
import pytest

from kept.practices.weights.methods.tracing.weighing import weigh
from simulators.leaker import noisy, pruned, quantised

AMPLITUDE = np.full((64, 1), 2e-4, np.float32)


def weights(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((64, 512)).astype(np.float32) * 0.02


def correlation(suspect: np.ndarray, carrier: np.ndarray) -> float:
    packed, scales = weigh(suspect, weights(), AMPLITUDE)
    given_weights = packed * scales
    return float(np.sum(given_weights * carrier) / np.sqrt(np.sum(given_weights**2)))


@pytest.fixture
def carrier() -> np.ndarray:
    return np.random.default_rng(9).standard_normal((64, 512)).astype(np.float32)


def plain(suspect: np.ndarray, carrier: np.ndarray) -> float:
    difference = suspect - weights()
    return float(np.sum(difference * carrier) / np.sqrt(np.sum(difference**2)))


def test_four_bits_say_more_by_their_cells_than_by_their_values(carrier: np.ndarray) -> None:
    suspect = quantised(weights() + AMPLITUDE * carrier, 4)
    assert correlation(suspect, carrier) > 2 * plain(suspect, carrier)


def test_what_was_pruned_says_nothing(carrier: np.ndarray) -> None:
    suspect = pruned(weights() + AMPLITUDE * carrier, 0.5)
    assert correlation(suspect, carrier) > 10 * plain(suspect, carrier)
    packed, _ = weigh(suspect, weights(), AMPLITUDE)
    assert not packed[suspect == 0].any()


def test_rows_and_columns_may_have_been_scaled(carrier: np.ndarray) -> None:
    marked = weights() + AMPLITUDE * carrier
    draw = np.random.default_rng(3)
    down, across = draw.uniform(-2, 2, (64, 1)), draw.uniform(0.5, 2, (1, 512))
    for suspect in (marked * 3.0, marked * down, marked * across, marked * down * across):
        assert correlation(suspect.astype(np.float32), carrier) > 0.7 * correlation(marked, carrier)


def test_a_few_huge_differences_do_not_drown_the_rest(carrier: np.ndarray) -> None:
    suspect = weights() + AMPLITUDE * carrier
    suspect[:, ::50] += 1.0
    assert correlation(suspect, carrier) > 50


def test_rows_that_were_put_back_do_not_drown_the_rest(carrier: np.ndarray) -> None:
    suspect = noisy(weights() + AMPLITUDE * carrier, 0.02)
    before = correlation(suspect, carrier)
    suspect[:8] = weights()[:8] + np.float32(1e-8) * np.random.default_rng(4).standard_normal((8, 512))
    assert correlation(suspect, carrier) > 0.8 * before


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e11])
def test_bad_numbers_say_nothing_and_break_nothing(bad: float, carrier: np.ndarray) -> None:
    suspect = weights() + AMPLITUDE * carrier
    suspect[3, 5] = bad
    packed, scales = weigh(suspect, weights(), AMPLITUDE)
    assert np.isfinite(scales).all()
    if not np.isfinite(bad):
        assert packed[3, 5] == 0
    assert correlation(suspect, carrier) > 50
    assert not weigh(np.full_like(suspect, bad), weights(), AMPLITUDE)[0][:, 0].any() or np.isfinite(bad)


def test_the_original_itself_says_nothing() -> None:
    assert not weigh(weights(), weights(), AMPLITUDE)[0].any()
