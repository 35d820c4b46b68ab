"""The promise of the third tier: a fair game for whoever's days are exchangeable, and a ruinous one for a thief."""

import numpy as np
import pytest

from kept.practices.weights.methods.insiders.wealth import Wealth, payoff

MANY = 2000


def play(scores: np.ndarray, seed: int) -> np.ndarray:
    """The highest wealth against each person, row by row of scores."""
    draw, wealth = np.random.default_rng(seed), Wealth()
    people = np.arange(len(scores))
    for day in range(scores.shape[1]):
        wealth.bet(people, scores[:, day], draw.random(len(scores)), rest=day % 7 >= 5)
    return np.asarray(wealth.rows["highest"][people])


def test_a_bet_returns_at_most_its_stake_on_average() -> None:
    chances = (np.arange(1_000_000) + 0.5) / 1_000_000
    assert 0.85 < payoff(chances).mean() <= 1
    assert payoff(np.array([0.0])).item() < 1e9


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("shape", ["gamma", "counts", "all the same"])
def test_of_innocents_no_more_are_accused_than_was_promised(seed: int, shape: str) -> None:
    draw = np.random.default_rng(seed)
    if shape == "gamma":
        scores = draw.gamma(0.7, draw.uniform(0.1, 20, (MANY, 1)), (MANY, 120))
    elif shape == "counts":
        scores = draw.poisson(draw.uniform(0, 3, (MANY, 1)), (MANY, 120)).astype(float)
    else:
        scores = np.full((MANY, 120), 3.0)
    accused = (play(scores, seed) >= 100).sum()
    assert accused <= 0.01 * MANY + 3 * np.sqrt(0.01 * MANY)


def test_who_changes_for_long_is_found_out() -> None:
    draw = np.random.default_rng(4)
    scores = draw.gamma(1.0, 2.0, (200, 120))
    scores[:, 90:] += 12
    assert (play(scores, 4) >= 100).mean() > 0.9


def test_a_restart_forgets_what_was_won() -> None:
    wealth = Wealth()
    for day in range(40):
        wealth.bet(np.array([0]), np.array([1.0 if day < 30 else 90.0]), np.array([0.5]), rest=False)
    assert wealth.rows["highest"][0] > 1
    wealth.restart(0)
    assert wealth.rows["highest"][0] == 1
    assert wealth.rows["seen"][0].sum() == 0
