"""Scores are what they are said to be: the carrier under the weights, and the chance of an innocent one is bounded."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.weights.methods.tracing import searching
from kept.practices.weights.methods.tracing.carriers import Carrier
from kept.practices.weights.methods.tracing.searching import scores, search
from kept.practices.weights.methods.tracing.weighing import Evidence
from simulators.leaker import recipients


def evidence(rows: list[int], columns: int, *, tensor: str = "w", seed: int = 0) -> Evidence:
    draw = np.random.default_rng(seed)
    packed = draw.integers(-127, 128, (len(rows), columns)).astype(np.int8)
    return Evidence(tensor, np.array(rows), packed, draw.uniform(0.1, 1, (len(rows), 1)).astype(np.float32))


def by_hand(parts: list[Evidence], key: searching.CarrierKey) -> float:
    total = power = 0.0
    for each in parts:
        columns = each.weights.shape[1]
        for row, packed, scale in zip(each.rows, each.weights, each.scales, strict=True):
            drawn = Carrier.of(key, each.tensor).numbers(int(row) * columns, columns)
            total += float(np.sum(drawn * packed * scale, dtype=np.float64))
            power += float(np.sum((packed * scale).astype(np.float64) ** 2))
    return total / math.sqrt(power)


@given(st.lists(st.integers(0, 3000), unique=True, min_size=1, max_size=20), st.integers(1, 700))
def test_a_score_is_the_carrier_under_the_weights(rows: list[int], columns: int) -> None:
    parts = [evidence(sorted(rows), columns), evidence([0, 1], 40, tensor="v", seed=1)]
    keys = recipients(3)
    assert np.allclose(scores(parts, keys), [by_hand(parts, key) for key in keys], atol=1e-3)


def test_nothing_to_go_by_scores_nothing() -> None:
    silent = Evidence("w", np.array([0]), np.zeros((1, 8), np.int8), np.ones((1, 1), np.float32))
    assert search([], recipients(3)).tolist() == [0, 0, 0]
    assert search([silent], recipients(3)).tolist() == [0, 0, 0]


def test_scores_of_innocents_stay_under_their_bound_whatever_the_weights() -> None:
    keys = recipients(4000)
    # A few values only, and very uneven: as far from normal as it gets.
    few = Evidence("w", np.array([0]), np.array([[127, 60, 30, 4, 1]], np.int8), np.ones((1, 1), np.float32))
    for parts in ([few], [evidence([0, 5], 64)], [evidence(list(range(100)), 64)]):
        found = scores(parts, keys)
        for level in (1.0, 2.0, 2.5, 3.0, 3.5):
            assert np.mean(found > level) <= math.exp(-(level**2) / 2) + 3e-3


def test_all_values_are_used_for_the_best_few(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(searching, "SCREEN", 4096)
    parts = [evidence(list(range(256)), 64)]
    keys = recipients(200)
    drawn = np.stack([Carrier.of(keys[77], "w").numbers(row * 64, 64) for row in range(256)])
    parts = [Evidence("w", parts[0].rows, np.rint(drawn * 40).astype(np.int8), parts[0].scales)]
    found = search(parts, keys)
    assert found.argmax() == 77
    assert np.isclose(found[77], scores(parts, [keys[77]])[0])
