"""A test for each person that keeps its promise: of the innocent, at most a share of `alpha` is ever accused by it.

Each active day's score is ranked among the person's own earlier ones. Were the days exchangeable, the smoothed ranks
would be independent and uniform (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005, theorem
8.1), and a bettor on small ranks would have a fair game, whose wealth passes 1/alpha with probability at most alpha
(Ville, 1939). The bettor waits, and begins to bet by a chance of `BEGIN` a day, so that a quiet year costs little: that
mixture is itself a fair game (Shafer et al., "Test martingales, Bayes factors and p-values", 2011).

What it rests on: given what was learned in a person's first days, the scores of their working days are exchangeable
among themselves, and so are those of days of rest. Someone whose honest work changes breaks that, as a thief does.
Ranks are never taken across people, who aren't exchangeable with each other.
"""

import numpy as np
from numpy.typing import NDArray

from kept.practices.weights.methods.insiders.arrays import Rows

BINS = 64
"""Scores are told apart by so many bins, geometrically; ties are broken at random, as smoothing wants it."""
BEGIN = 0.02
_LOW, _HIGH = 0.25, 160.0
_KAPPA = (0.05, 0.15, 0.35)
_LEAST = 1e-9

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Wealth:
    """The earlier scores of everybody, by bin, and what a bettor against each has made."""

    def __init__(self) -> None:
        self.rows = Rows(
            {
                "seen": ((2, BINS), np.uint16, 0),
                "waiting": ((), np.float64, 1.0),
                "betting": ((), np.float64, 0.0),
                "highest": ((), np.float64, 1.0),
            }
        )

    def bet(self, people: Ints, scores: Floats, uniform: Floats, *, rest: bool) -> Floats:
        """Everybody's wealth after this day, from 1; `uniform` are draws from [0, 1), one for each person."""
        self.rows.make_room(int(people.max(initial=0)) + 1)
        seen, kind = self.rows["seen"], int(rest)
        bins = _bin(scores)
        before = seen[people, kind].astype(np.int64)
        above = before.sum(axis=1) - np.cumsum(before, axis=1)[np.arange(len(people)), bins]
        same = before[np.arange(len(people)), bins]
        p = (above + uniform * (same + 1)) / (before.sum(axis=1) + 1)
        waiting, betting = self.rows["waiting"][people], self.rows["betting"][people]
        betting = (betting + BEGIN * waiting) * payoff(p)
        waiting = waiting * (1 - BEGIN)
        self.rows["waiting"][people], self.rows["betting"][people] = waiting, betting
        wealth = np.asarray(waiting + betting)
        self.rows["highest"][people] = np.maximum(self.rows["highest"][people], wealth)
        seen[people, kind, bins] += 1
        return wealth

    def restart(self, person: int) -> None:
        """Begin anew for one person, from nothing learned: each life of a test has its own promise."""
        self.rows.make_room(person + 1)
        for name, value in (("seen", 0), ("waiting", 1.0), ("betting", 0.0), ("highest", 1.0)):
            self.rows[name][person] = value


def payoff(p: Floats) -> Floats:
    """What a bet of 1 on small p returns: at most 1 on average over uniform p, whatever came before.

    A mean of the calibrators k p^(k-1) (Shafer et al. 2011), and of not betting.
    """
    small = np.clip(p, _LEAST, 1.0)
    return np.asarray(0.25 + 0.75 * np.mean([k * small ** (k - 1) for k in _KAPPA], axis=0))


def _bin(scores: Floats) -> Ints:
    """The bin of each score: 0 below _LOW, then by equal ratios to _HIGH."""
    ratio = np.log(np.maximum(scores, _LOW) / _LOW) / np.log(_HIGH / _LOW)
    return np.asarray(np.clip((1 + ratio * (BINS - 2)).astype(np.int64), 0, BINS - 1) * (scores >= _LOW))
