"""Integers stand for numbers by the scales and zero points beside them, however those are laid out and called."""

import numpy as np
import pytest

from kept.practices.weights.methods.tracing.quantised import companions, readings, scaled
from kept.practices.weights.methods.tracing.reading import Held
from kept.practices.weights.records.traces import Tensor
from simulators.leaker import stored

DRAW = np.random.default_rng(1)
WHOLE = DRAW.integers(-127, 128, (32, 64)).astype(np.int8)


def read(tensors: dict[str, Tensor], name: str = "w") -> list[np.ndarray]:
    return list(readings(Held(tensors), name))


@pytest.mark.parametrize("shape", [(), (1,), (32,), (32, 1), (32, 4), (4, 8), (256,)])
def test_scales_for_all_for_rows_for_groups_and_for_blocks(shape: tuple[int, ...]) -> None:
    scale = DRAW.uniform(0.01, 0.02, shape).astype(np.float32)
    (found,) = read({"w": Tensor("I8", WHOLE), "w_scale": stored(scale)})
    blocks = {(): (1, 1), (1,): (1, 1), (32,): (32, 1), (256,): (32, 8)}.get(shape, shape)
    expected = np.kron(scale.reshape(blocks), np.ones((32 // blocks[0], 64 // blocks[1])))
    assert np.allclose(found, WHOLE * expected)


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("w", "w.scale"),
        ("a.weight", "a.weight_scale"),
        ("a.weight", "a.scales"),
        ("a.qweight", "a.scales"),
        ("w", "w.SCB"),
    ],
)
def test_scales_are_known_by_their_names(name: str, beside: str) -> None:
    suspect = Held({name: Tensor("I8", WHOLE), beside: stored(np.full(32, 0.5))})
    assert companions(suspect) == {beside}
    assert np.allclose(next(readings(suspect, name)), WHOLE * 0.5)


def test_zero_points_are_taken_off_before_the_scale() -> None:
    raw = (WHOLE.astype(np.int16) + 100).clip(0, 255).astype(np.uint8)
    tensors = {"w": Tensor("U8", raw), "w_scale": stored(np.full(32, 0.5)), "w_zero_point": stored(np.full(32, 100.0))}
    assert np.allclose(read(tensors)[0], (raw - 100.0) * 0.5)


def test_two_to_a_byte_are_read_in_either_order() -> None:
    pairs = DRAW.integers(0, 16, (32, 64)).astype(np.uint8)
    for one, other in ((pairs[:, ::2], pairs[:, 1::2]), (pairs[:, 1::2], pairs[:, ::2])):
        found = read(
            {"w": Tensor("U8", one | other << 4), "w_scale": stored(np.ones(32)), "w_zero": stored(np.full(32, 8.0))}
        )
        assert any(each.shape == pairs.shape and np.allclose(each, pairs - 8.0) for each in found)


def test_floating_point_numbers_stand_for_themselves_unless_a_scale_is_beside_them() -> None:
    eight = Tensor("F8_E4M3", np.full((32, 64), 0x38, np.uint8))
    plain, with_scale = Held({"w": eight}), Held({"w": eight, "w_scale_inv": stored(np.full((4, 8), 3.0))})
    assert (scaled(plain, "w"), scaled(with_scale, "w")) == (False, True)
    assert np.allclose(next(readings(plain, "w")), 1.0)
    assert np.allclose(next(readings(with_scale, "w")), 3.0)


def test_scales_that_do_not_fit_give_no_reading_and_truth_values_none() -> None:
    assert read({"w": Tensor("I8", WHOLE), "w_scale": stored(np.ones(7))}) == []
    assert read({"w": Tensor("BOOL", np.ones((4, 4), np.uint8))}) == []
