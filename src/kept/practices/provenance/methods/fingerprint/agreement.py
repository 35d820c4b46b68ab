"""Whether two sets of signs that were compared come from the same content, and how sure that is.

Of n signs that both sides state, a agree. For content that has nothing to do with each other, a is n/2 up to chance;
neighbouring signs depend on one another, so that a varies c times as much as the heads among n coins (c is measured,
see `bench/provenance_registry.py`). Then z = (2 a - n) / sqrt(c n) is near a standard normal variable, and

- it *agrees* where K exp(-z²/2), which bounds the chance of such a z in any of the K placements that were tried, is at
  most the gate;
- it *disagrees* where in every placement that is likely enough, a/n stays below what the same content keeps after an
  attack, by three standard deviations: only where enough could be compared;
- else it is inconclusive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

GATE = 1e-4
# The part of the signs that the same content keeps after the attacks that a mark survives, at the least.
KEPT = 0.75
_SURE = 3.0
_LIKELY = 0.25

State = Literal["agrees", "disagrees", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many signs were compared in one placement, and how many of them were the same."""

    compared: int
    same: int

    @property
    def share(self) -> float:
        """The part that was the same; a half where nothing was compared."""
        return self.same / self.compared if self.compared else 0.5

    def score(self, dispersion: float) -> float:
        """z as above."""
        return (2 * self.same - self.compared) / sqrt(max(1.0, dispersion * self.compared))

    def most(self, dispersion: float) -> float:
        """The share that is still credible: three standard deviations above the one that was found, or above chance."""
        return max(self.share, 0.5) + _SURE * sqrt(dispersion / (4 * max(1, self.compared)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What comparing came to: the share of signs that agree and how many were compared, at the best placement.

    `p_value` bounds the chance that content which has nothing to do with the other agrees as much, as far as the
    dispersion holds for it.
    """

    state: State
    share: float
    compared: int
    p_value: float


NOTHING = Agreement("inconclusive", 0.5, 0, 1.0)


def judge(tallies: Sequence[Tally], *, dispersion: float, gate: float = GATE, kept: float = KEPT) -> Agreement:
    """The agreement over all placements that were tried, of which at most one is the true one."""
    counted = [tally for tally in tallies if tally.compared]
    if not counted:
        return NOTHING
    best = max(counted, key=lambda tally: tally.score(dispersion))
    z = max(0.0, best.score(dispersion))
    p_value = min(1.0, len(counted) * exp(-z * z / 2))
    most = max(tally.compared for tally in counted)
    likely = [tally for tally in counted if tally.compared >= _LIKELY * most]
    state: State = "inconclusive"
    if p_value <= gate:
        state = "agrees"
    elif all(tally.most(dispersion) < kept for tally in likely):
        state = "disagrees"
    return Agreement(state, best.share, best.compared, p_value)
