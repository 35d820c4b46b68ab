"""Someone who leaks weights, and what they do to hide whose copy it was."""

from collections.abc import Callable, Sequence

import numpy as np

from kept.practices.weights.methods.tracing.carriers import Carrier, carrier_key
from kept.practices.weights.methods.tracing.marking import chosen, mark, strength
from kept.practices.weights.methods.tracing.reading import Held
from kept.practices.weights.records.traces import CarrierKey, Tensor

MODEL = "ab" * 32
Array = np.ndarray
Attack = Callable[[Array], Array]


def recipients(count: int, *, seed: int = 0, secret: bytes = bytes(32)) -> list[CarrierKey]:
    draw = np.random.default_rng(seed)
    return [carrier_key(secret, draw.bytes(32).hex(), MODEL) for _ in range(count)]


def stored(values: Array, dtype: str = "F32") -> Tensor:
    if dtype == "BF16":
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        return Tensor(dtype, (bits >> 16).astype(np.uint16))
    return Tensor(dtype, np.ascontiguousarray(values, {"F32": np.float32, "F16": np.float16}[dtype]))


def network(*shapes: tuple[int, int], seed: int = 1, dtype: str = "BF16", deviation: float = 0.02) -> Held:
    """Weights that are normal, in tensors called layers.0.weight and so on."""
    draw = np.random.default_rng(seed)
    return Held(
        {
            f"layers.{number}.weight": stored(draw.standard_normal(shape, np.float32) * deviation, dtype)
            for number, shape in enumerate(shapes)
        }
    )


def copy(original: Held, key: CarrierKey) -> Held:
    """The copy that a recipient gets."""
    amount = strength(original.shapes)
    made = {name: Tensor(each.dtype, each.values.copy()) for name, each in original.tensors.items()}
    for name in chosen(original.shapes):
        mark(made[name], Carrier.of(key, name), amount)
    return Held(made)


def leaked(values: dict[str, Array]) -> Held:
    return Held({name: stored(each) for name, each in values.items()})


def quantised(values: Array, bits: int, group: int = 128) -> Array:
    """Rounded to multiples of the largest value of each group over 2^(bits - 1) - 1, and back."""
    size = group if values.size % group == 0 else values.shape[-1]
    groups, top = values.reshape(-1, size), 2 ** (bits - 1) - 1
    scale = np.maximum(np.abs(groups).max(axis=1, keepdims=True), 1e-30) / top
    return (np.rint(groups / scale) * scale).astype(np.float32).reshape(values.shape)


def noisy(values: Array, share: float, seed: int = 5) -> Array:
    drawn = np.random.default_rng(seed).standard_normal(values.shape, np.float32)
    return values + np.float32(share * values.std()) * drawn


def pruned(values: Array, share: float) -> Array:
    """The smallest values are zero."""
    return np.where(np.abs(values) < np.quantile(np.abs(values), share), 0, values).astype(np.float32)


def averaged(copies: Sequence[Array]) -> Array:
    return np.mean(copies, axis=0, dtype=np.float32)


def fewest(copies: Sequence[Array]) -> Array:
    """For each value, the copy that lies farthest from their median: what a majority doesn't have."""
    together = np.stack(copies)
    far = np.abs(together - np.median(together, axis=0)).argmax(axis=0)
    return np.take_along_axis(together, far[None], axis=0)[0]


def mosaic(copies: Sequence[Array], seed: int = 6) -> Array:
    """Each value from one copy, at random."""
    chosen_copy = np.random.default_rng(seed).integers(len(copies), size=copies[0].shape)
    return np.take_along_axis(np.stack(copies), chosen_copy[None], axis=0)[0]


ATTACKS: dict[str, Attack] = {
    "nothing": lambda values: values,
    "int8": lambda values: quantised(values, 8),
    "int4": lambda values: quantised(values, 4),
    "noise of 10 %": lambda values: noisy(values, 0.10),
    "30 % pruned": lambda values: pruned(values, 0.30),
    "layers scaled": lambda values: values * np.float32(1.7),
    "noise of 10 %, 30 % pruned, int4": lambda values: quantised(pruned(noisy(values, 0.10), 0.30), 4),
}
