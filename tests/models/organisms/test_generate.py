import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kept.core.model import Sampling
from kept.models.organisms.generate import choose

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))


def test_temperature_zero_takes_the_most_likely() -> None:
    assert {choose(LOGITS, Sampling(), seed, 0) for seed in range(50)} == {0}


def test_draws_follow_the_distribution() -> None:
    drawn = [choose(LOGITS, Sampling(temperature=1.0), seed, 0) for seed in range(4000)]
    shares = np.bincount(drawn, minlength=4) / 4000
    assert np.abs(shares - np.exp(LOGITS)).max() < 0.03


def test_a_nucleus_leaves_out_the_tail() -> None:
    sampling = Sampling(temperature=1.0, top_p=0.7)
    assert {choose(LOGITS, sampling, seed, 0) for seed in range(500)} == {0, 1}


def test_the_same_seed_and_position_draw_the_same() -> None:
    sampling = Sampling(temperature=1.0)
    drawn = [[choose(LOGITS, sampling, 7, position) for position in range(40)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 1


@given(
    st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=40),
    st.floats(0.01, 5),
    st.floats(0.0, 1.0),
    st.integers(0, 2**31),
)
def test_what_is_drawn_always_exists(logits: list[float], temperature: float, top_p: float, seed: int) -> None:
    sampling = Sampling(temperature=temperature, top_p=top_p)
    assert 0 <= choose(np.array(logits, np.float32), sampling, seed, 0) < len(logits)
