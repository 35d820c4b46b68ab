"""Whose copy a leaked file is: found after what hides it, and nobody is named where nobody is the source."""

import numpy as np
import pytest

from kept.practices.weights.methods.tracing import deciding
from kept.practices.weights.methods.tracing.comparing import merged, trace
from kept.practices.weights.methods.tracing.numbers import numbers
from kept.practices.weights.methods.tracing.reading import Held
from kept.practices.weights.methods.tracing.weighing import Evidence
from kept.practices.weights.records.traces import Tensor, Trace
from simulators import leaker
from simulators.leaker import ATTACKS, averaged, copy, fewest, leaked, mosaic, network, quantised, recipients, stored

KEYS = recipients(100)
ORIGINAL = network((256, 256), (384, 256), (256, 384))
COPIES = [{name: numbers(each) for name, each in copy(ORIGINAL, key).tensors.items()} for key in KEYS[:8]]
MINE = COPIES[3]
A, B, C = MINE


def found(suspect: dict[str, np.ndarray] | Held) -> Trace:
    return trace(ORIGINAL, suspect if isinstance(suspect, Held) else leaked(suspect), KEYS)


def names_only_the_source(traced: Trace, source: int = 3) -> bool:
    return traced.verdict == "named" and [each.recipient for each in traced.named] == [KEYS[source].recipient]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_source_is_named_after_each_attack(attack: str) -> None:
    traced = found({name: ATTACKS[attack](values) for name, values in MINE.items()})
    assert names_only_the_source(traced)
    assert traced.named[0].chance < 1e-9
    assert {each.tensor for each in traced.alignments} == set(MINE)


def permuted(values: np.ndarray, seed: int, axis: int = 0) -> np.ndarray:
    return np.take(values, np.random.default_rng(seed).permutation(values.shape[axis]), axis=axis)


HIDDEN, INNER = np.random.default_rng(1).permutation(384), np.random.default_rng(2).permutation(256)


@pytest.mark.parametrize(
    "suspect",
    [
        {"other.name": MINE[A], "x": MINE[B], "y": MINE[C]},
        {A: permuted(MINE[A], 1), B: permuted(MINE[B], 2)},
        {A: permuted(MINE[A], 1, axis=1)},
        {B: permuted(permuted(MINE[B], 1), 2, axis=1)},
        {A: MINE[A][INNER], B: MINE[B][HIDDEN][:, INNER], C: MINE[C][:, HIDDEN]},
        {A: quantised(permuted(MINE[A], 1), 4), B: quantised(permuted(MINE[B], 2), 4)},
        {B: MINE[B].T},
        {"fused": np.concatenate([MINE[B], MINE[A]])},
        {A: MINE[A][:20]},
        {A: MINE[A][100:120]},
        {A: permuted(MINE[A], 4)[:20]},
        {A: MINE[A][:, 40:80]},
        {A: MINE[A].reshape(-1)},
        {"piece": MINE[B].reshape(-1)[12_345:16_345]},
        {"block": MINE[B][40:140, 60:180]},
        {A: MINE[A], "again": MINE[A], "and.again": MINE[A]},
    ],
    ids=[
        "renamed", "rows permuted", "columns permuted", "both permuted", "hidden units permuted", "permuted, int4",
        "transposed", "joined", "first rows", "some rows", "any rows", "some columns", "flat", "a flat piece",
        "a block", "three times",
    ],
)  # fmt: skip
def test_the_source_is_named_however_the_tensors_lie(suspect: dict[str, np.ndarray]) -> None:
    traced = found(suspect)
    assert names_only_the_source(traced)
    assert traced.unknown == ()


def test_a_change_of_basis_is_undone_where_a_long_tensor_tells_it() -> None:
    original = network((1024, 128), (128, 128), (128, 256))
    mine = {name: numbers(each) for name, each in copy(original, KEYS[3]).tensors.items()}
    turn = np.linalg.qr(np.random.default_rng(4).standard_normal((128, 128)))[0].astype(np.float32)
    embedding, square, last = mine.values()
    suspect = dict(zip(mine, (embedding @ turn, square @ turn, turn.T @ last), strict=True))
    traced = trace(original, leaked(suspect), KEYS)
    assert names_only_the_source(traced)
    assert [each.how for each in traced.alignments] == ["rotated"] * 3
    assert traced.unknown == ()


def test_every_hundredth_value_is_enough() -> None:
    kept = np.random.default_rng(1).random((256, 256)) < 0.01
    large = {name: np.where(np.resize(kept, values.shape), values, np.nan) for name, values in MINE.items()}
    assert names_only_the_source(found(large))
    assert names_only_the_source(found({name: np.nan_to_num(values) for name, values in large.items()}))


@pytest.mark.parametrize("hidden", ["", ".weight"])
@pytest.mark.parametrize("bits", [8, 4])
def test_integers_with_their_scales(bits: int, hidden: str) -> None:
    tensors = {}
    for name, values in MINE.items():
        groups, top = values.reshape(-1, 64), 2 ** (bits - 1) - 1
        scale = np.abs(groups).max(axis=1, keepdims=True) / top
        name = name.removesuffix(hidden)
        tensors[name] = Tensor("I8", np.rint(groups / scale).astype(np.int8).reshape(values.shape))
        tensors[f"{name}_scale"] = stored(scale.reshape(len(values), -1), "F16")
    traced = found(Held(tensors))
    assert names_only_the_source(traced)
    assert traced.unknown == ()


def test_integers_without_scales_and_two_in_a_byte() -> None:
    values = MINE[B]
    scale = np.abs(values).max(axis=1, keepdims=True) / 7
    whole = np.rint(values / scale).astype(np.int8)
    pairs = (whole + 8).astype(np.uint8)
    packed = Tensor("U8", pairs[:, ::2] | pairs[:, 1::2] << 4)
    assert names_only_the_source(found(Held({B: Tensor("I8", whole)})))
    assert names_only_the_source(found(Held({B: Tensor("U8", pairs)})))
    assert names_only_the_source(found(Held({B: packed, f"{B}_scale": stored(scale)})))


@pytest.mark.parametrize("way", [averaged, fewest, mosaic])
@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_of_those_who_put_their_copies_together_nobody_else_is_named(way: leaker.Attack, count: int) -> None:
    traced = found({name: way([each[name] for each in COPIES[:count]]) for name in MINE})
    guilty = {key.recipient for key in KEYS[:count]}
    caught = {each.recipient for each in traced.named}
    assert caught
    assert caught <= guilty
    if way is not fewest:
        assert caught == guilty


def test_nobody_is_named_where_nobody_is_the_source() -> None:
    stranger = copy(ORIGINAL, recipients(1, seed=99)[0])
    assert found(stranger).verdict == "nobody"
    assert found(stranger).named == ()
    assert found(ORIGINAL).verdict == "the original"
    assert found({name: leaker.noisy(numbers(each), 0.1) for name, each in ORIGINAL.tensors.items()}).named == ()


@pytest.mark.parametrize(
    "suspect",
    [
        network((256, 256), (384, 256), (256, 384), seed=77),
        leaked({}),
        leaked({A: np.full((256, 256), np.nan)}),
        leaked({A: np.full((256, 256), np.inf)}),
        leaked({A: np.zeros((256, 256))}),
        leaked({A: np.ones((256, 256))}),
        leaked({A: np.ones((0, 256))}),
        leaked({A: np.ones(())}),
        leaked({A: np.full((256, 256), 3e38)}),
        leaked({A: np.ones((3, 5, 7)), "x": np.ones(1000)}),
        Held({A: Tensor("I8", np.zeros((256, 256), np.int8)), A + "_scale": stored(np.zeros(7))}),
        Held({A: Tensor("BOOL", np.ones((256, 256), np.uint8))}),
    ],
)
def test_what_resembles_nothing_names_nobody(suspect: Held) -> None:
    traced = found(suspect)
    assert traced.named == ()
    assert traced.verdict in ("nobody", "not comparable")


def test_an_original_that_carries_no_mark_names_nobody() -> None:
    plain = leaked({"bias": np.ones(100)})
    assert trace(plain, leaked(MINE), KEYS).verdict == "not comparable"
    assert trace(ORIGINAL, leaked(MINE), []).named == ()


def test_a_large_suspect_is_compared_in_part() -> None:
    traced = trace(ORIGINAL, leaked(MINE), KEYS, budget=20_000)
    assert names_only_the_source(traced)
    assert traced.values <= 20_000


def test_no_innocent_is_named_in_many_trials() -> None:
    original = network((32, 64), seed=5)
    innocents, draw = recipients(50, seed=6), np.random.default_rng(7)
    highest = 0.0
    for number, source in enumerate(recipients(100, seed=8)):
        values = {name: numbers(each) for name, each in copy(original, source).tensors.items()}
        attack = list(ATTACKS.values())[number % len(ATTACKS)]
        suspect = {name: attack(each + 1e-5 * draw.standard_normal(each.shape)) for name, each in values.items()}
        traced = trace(original, leaked(suspect), innocents)
        assert traced.named == ()
        highest = max(highest, traced.leads[0].score)
    assert 2.5 < highest < deciding_threshold(50 * 100, 1e-3)


def deciding_threshold(trials: int, chance: float) -> float:
    return float(np.sqrt(2 * np.log(trials / chance)))


def test_a_row_that_was_found_twice_counts_once_as_it_says_most() -> None:
    one = Evidence("w", np.array([1, 2]), np.full((2, 4), 100, np.int8), np.array([[1.0], [3.0]], np.float32))
    two = Evidence("w", np.array([2, 5]), np.full((2, 4), 50, np.int8), np.array([[1.0], [1.0]], np.float32))
    (found_once,) = merged([one, two])
    assert found_once.rows.tolist() == [1, 2, 5]
    assert found_once.scales[:, 0].tolist() == [1.0, 3.0, 1.0]
    assert deciding.GATE == 1e-9
