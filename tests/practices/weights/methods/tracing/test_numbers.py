"""Stored values become the numbers they stand for, whatever the type."""

import numpy as np
import pytest

from kept.errors import Invalid
from kept.practices.weights.methods.tracing.numbers import STORED, numbers, table, tensor


@pytest.mark.parametrize(
    ("dtype", "bits", "value"),
    [
        ("BF16", 0x3F80, 1.0),
        ("BF16", 0xC049, -3.140625),
        ("F16", 0x3C00, 1.0),
        ("F8_E4M3", 0x38, 1.0),
        ("F8_E4M3", 0x7E, 448.0),
        ("F8_E4M3", 0x01, 2.0**-9),
        ("F8_E4M3", 0xB8, -1.0),
        ("F8_E5M2", 0x3C, 1.0),
        ("F8_E5M2", 0x7B, 57344.0),
        ("F8_E5M2", 0x01, 2.0**-16),
        ("I8", 0xFF, -1.0),
    ],
)
def test_a_code_is_its_value(dtype: str, bits: int, value: float) -> None:
    data = bits.to_bytes(STORED[dtype].itemsize, "little")
    assert numbers(tensor(dtype, (1,), data)).tolist() == [value]


def test_what_is_too_large_is_infinite_and_what_is_no_number_stays_none() -> None:
    assert numbers(tensor("F64", (1,), np.array([1e300]).tobytes())).tolist() == [np.inf]
    assert np.isnan(numbers(tensor("F8_E4M3", (2,), bytes([0x7F, 0xFF])))).all()
    assert numbers(tensor("F8_E5M2", (2,), bytes([0x7C, 0xFC]))).tolist() == [np.inf, -np.inf]


def test_a_tensor_lies_over_its_buffer() -> None:
    buffer = bytearray(8)
    made = tensor("F32", (2,), buffer)
    made.values[0] = 1.0
    assert buffer[:4] == np.float32(1).tobytes()


@pytest.mark.parametrize(
    ("dtype", "shape", "size"), [("F4", (1,), 1), ("F32", (2, 2), 15), ("F32", (-1, -4), 16), ("", (0,), 0)]
)
def test_what_is_no_tensor_is_invalid(dtype: str, shape: tuple[int, ...], size: int) -> None:
    with pytest.raises(Invalid):
        tensor(dtype, shape, bytes(size))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((8, 64), (8, 64)),
        ((4, 8, 64), (32, 64)),
        ((8, 4, 3, 3), (8, 36)),
        ((8, 4, 3), (8, 12)),
        ((1, 64), (0, 0)),
        ((64,), (0, 0)),
        ((), (0, 0)),
        ((0, 64), (0, 0)),
        ((64, 1, 8), (64, 8)),
    ],
)
def test_a_shape_as_rows_and_columns(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert table(shape) == expected
