"""A rotation is undone where it can be told, and none is made up between strangers."""

import numpy as np

from kept.practices.weights.methods.tracing.realign.turning import LONGER, rotation


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def orthogonal(width: int) -> np.ndarray:
    return np.linalg.qr(drawn(9, width, width))[0].astype(np.float32)


def test_a_rotation_is_told_through_noise() -> None:
    original, turn = drawn(1, 512, 64), orthogonal(64)
    found = rotation(original @ turn + 0.2 * drawn(2, 512, 64), original)
    assert found is not None
    assert np.abs(found @ found.T - np.eye(64)).max() < 1e-4
    assert np.abs(found - turn.T).max() < 0.1


def test_strangers_are_not_rotated_onto_each_other() -> None:
    for seed in range(20):
        assert rotation(drawn(seed, LONGER * 32, 32), drawn(100 + seed, LONGER * 32, 32)) is None


def test_a_tensor_that_is_not_long_enough_tells_no_rotation() -> None:
    original = drawn(1, 64, 32)
    assert rotation(original @ orthogonal(32), original) is None
    assert rotation(drawn(1, 8, 4), drawn(2, 64, 4)) is None
