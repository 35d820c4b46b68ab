"""A mark moves each value by what its carrier says, on average also where the stored type is coarser than that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.weights.methods.tracing.carriers import Carrier, carrier_key
from kept.practices.weights.methods.tracing.marking import chosen, deviations, mark, strength
from kept.practices.weights.methods.tracing.numbers import STORED, numbers, tensor
from kept.practices.weights.records.traces import Tensor

CARRIER = Carrier.of(carrier_key(bytes(32), "01" * 32, "02" * 32), "w")


def stored(values: np.ndarray, dtype: str) -> Tensor:
    if dtype == "BF16":
        return Tensor(dtype, (np.ascontiguousarray(values, np.float32).view(np.uint32) >> 16).astype(np.uint16))
    return Tensor(dtype, values.astype(STORED[dtype]))


def weights(*shape: int, scale: float = 0.02, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * scale


@pytest.mark.parametrize("scale", [0.02, 3e-5])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32", "F64"])
def test_values_move_by_strength_times_deviation_times_their_number(dtype: str, scale: float) -> None:
    made = stored(weights(512, 512, scale=scale), dtype)
    before = numbers(made).astype(float)
    assert mark(made, CARRIER, 3e-3) > 0
    moved, drawn = numbers(made).astype(float) - before, CARRIER.numbers(0, before.size).reshape(before.shape)
    per_number = (moved * drawn).sum() / (drawn.astype(float) ** 2).sum()
    assert abs(per_number / (3e-3 * before.std()) - 1) < 0.05
    # Rounding leans to neither side, whatever the sign of weight and number.
    assert abs(moved.mean()) < 5 * moved.std() / before.size**0.5
    assert abs((moved * np.sign(before)).mean()) < 5 * moved.std() / before.size**0.5


@given(st.integers(0, 30), st.integers(1, 30))
def test_rows_marked_alone_are_those_of_the_whole(first: int, count: int) -> None:
    whole, part = (stored(weights(40, 24), "BF16") for _ in range(2))
    mark(whole, CARRIER, 1e-2)
    rows = Tensor("BF16", part.values[first : first + count])
    mark(rows, CARRIER, 1e-2, first=first)
    assert np.array_equal(rows.values, whole.values[first : first + count])


def test_marking_large_tensors_in_parts_is_marking_them_whole() -> None:
    large = stored(weights(3000, 512), "F16")
    alone = [Tensor("F16", large.values[at : at + 100].copy()) for at in range(0, 3000, 100)]
    mark(large, CARRIER, 3e-3)
    for number, part in enumerate(alone):
        mark(part, CARRIER, 3e-3, first=100 * number)
    assert np.array_equal(large.values, np.concatenate([part.values for part in alone]))


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32", "F64"])
def test_zeros_and_what_is_not_finite_stay_and_nothing_becomes_infinite(dtype: str) -> None:
    values = weights(64, 64)
    values[0, :] = 0
    values[1, :32] = 0
    values[2, 0], values[3, 0], values[4, 0] = np.nan, np.inf, -np.inf
    values[5, :] = {"F16": 65504, "F64": 1e38}.get(dtype, 3.38e38)
    made = stored(values, dtype)
    before = numbers(made)
    mark(made, CARRIER, 1e-2)
    after = numbers(made)
    odd = (before == 0) | ~np.isfinite(before)
    assert np.array_equal(after[odd], before[odd], equal_nan=True)
    assert np.isfinite(after[~odd]).all()
    assert (after[6:] != before[6:]).mean() > 0.5


def test_a_few_huge_weights_do_not_raise_the_mark_of_the_others() -> None:
    values = weights(8, 1024).astype(np.float32)
    plain = deviations(values)
    values[0, 0] = 2.0
    assert deviations(values)[0, 0] < 1.2 * plain[0, 0] < 0.5 * values[0].std()


def test_tables_of_floating_point_numbers_are_chosen_and_nothing_else() -> None:
    shapes = {
        "embedding": ("BF16", (100, 64)),
        "experts": ("F16", (4, 8, 64)),
        "bias": ("F32", (64,)),
        "norm": ("F32", (1, 64)),
        "quantised": ("I8", (64, 64)),
        "eight bits": ("F8_E4M3", (64, 64)),
        "scalar": ("F32", ()),
        "empty": ("F32", (0, 64)),
    }
    assert chosen(shapes) == ("embedding", "experts")


def test_the_gentler_strength_from_four_million_values_on() -> None:
    assert strength({"w": ("F32", (2000, 2000)), "b": ("F32", (9,))}) == 3e-3
    assert strength({"w": ("F32", (1999, 2000)), "b": ("F32", (10_000_000,))}) == 1e-2
    assert strength({}) == 1e-2


@pytest.mark.parametrize("amount", [0.0, -1.0, 1.0, float("nan")])
def test_a_strength_that_is_none_is_invalid(amount: float) -> None:
    with pytest.raises(Invalid):
        mark(stored(weights(8, 8), "F32"), CARRIER, amount)


def test_what_can_not_be_marked_is_invalid() -> None:
    with pytest.raises(Invalid):
        mark(Tensor("I8", np.zeros((8, 8), np.int8)), CARRIER, 1e-2)
    with pytest.raises(Invalid):
        mark(tensor("F32", (8, 8), bytes(256)), CARRIER, 1e-2)
