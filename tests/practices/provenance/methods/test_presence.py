"""A stated chance of a false find holds for any content, since the key alone is random."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods import presence


@given(st.floats(1e-12, 0.5), st.integers(1, 10**12))
def test_the_threshold_is_where_the_p_value_meets_the_gate(gate: float, hypotheses: int) -> None:
    assert presence.p_value(presence.threshold(gate, hypotheses), hypotheses) == pytest.approx(gate, rel=1e-6)


def test_the_gate_of_a_search_is_where_the_study_put_it() -> None:
    assert presence.threshold(presence.GATE, 16_384) == pytest.approx(7.8, abs=0.05)
    assert presence.threshold(presence.GATE, 16 * 10**9) == pytest.approx(9.4, abs=0.05)


@pytest.mark.parametrize("score", [-3.0, 0.0])
def test_a_score_of_nothing_is_certain_to_be_reached(score: float) -> None:
    assert presence.p_value(score, 1) == 1.0


@pytest.mark.parametrize("shape", ["even", "steep", "one line"])
def test_the_bound_holds_for_lines_of_any_strength(shape: str) -> None:
    lines = {"even": np.ones(64), "steep": 0.8 ** np.arange(64), "one line": np.eye(64)[0]}[shape]
    phases = np.random.default_rng(3).uniform(0, 2 * np.pi, (100_000, 64))
    scores = np.cos(phases) @ lines / math.sqrt(np.sum(lines**2) / 2)
    for reached in (1.0, 2.0, 3.0, 4.0):
        assert np.mean(scores > reached) <= presence.p_value(reached, 1)


def test_a_bound_is_never_told_to_be_nothing() -> None:
    assert presence.p_value(1000.0, 1) == presence.LEAST > 0
