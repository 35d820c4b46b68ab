"""The graph of approvals."""

import numpy as np

from kept.practices.weights.methods.insiders.pairs import STRANGE, Pairs


def test_two_who_always_approve_each_other_are_found_among_many() -> None:
    draw, pairs = np.random.default_rng(1), Pairs()
    for _ in range(30):
        day = [(int(a), int(b)) for a, b in draw.integers(0, 60, (20, 2)) if a != b]
        pairs.learn([*day, (3, 8), (8, 3)])
    (found,) = pairs.strange()
    assert (found.first, found.second) == (3, 8)
    assert found.first_by_second > 20
    assert found.strength > 3 * STRANGE


def test_three_who_must_approve_each_other_are_not_strange() -> None:
    pairs = Pairs()
    for _ in range(60):
        pairs.learn([(1, 0), (2, 0), (0, 1), (2, 1), (0, 2), (1, 2)])
    assert pairs.strange() == ()


def test_one_who_approves_another_and_never_the_reverse_is_no_pair() -> None:
    pairs = Pairs()
    for _ in range(30):
        pairs.learn([(1, 2), (3, 4), (5, 6), (4, 1)])
    assert pairs.strength(1, 2) == 0


def test_old_approvals_are_forgotten() -> None:
    pairs = Pairs()
    pairs.learn([(1, 2), (2, 1)])
    for _ in range(300):
        pairs.learn([])
    assert not pairs.count
    assert not pairs.given
