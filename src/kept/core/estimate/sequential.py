"""Looking at every prompt without losing the guarantee: betting on a mean in [0, 1] (Waudby-Smith & Ramdas 2024).

A bettor doubts that the mean is at least m. With the odds multiplier g < 1, its capital after the observations
x_1 ... x_n (the capital process of Waudby-Smith & Ramdas, J. R. Stat. Soc. B 86:1-27, arXiv 2010.09686, with the
fixed bets of their "diversified Kelly" bettor) is

    K_g = prod (1 + (g - 1) x_i) / (1 + (g - 1) m),

and a mixture of such capitals is a nonnegative supermartingale while the mean of each observation, given those before
it, is at least m. By Ville's inequality it ever reaches 1 / alpha with a probability of at most alpha. Multipliers
g > 1 doubt that the mean is at most m. The first kind grows with m and the second falls, so that what is not yet
refuted is an interval. For a plain success or resistance, 1 + (g - 1) x is g or 1.

One observation is one prompt: the share of its trials that succeeded, since trials of a prompt depend on one another.
An unassessed trial counts against whatever would be said: as succeeded where the rate is claimed to be low, as
resisted where it is claimed to be high. Sums run in the order of the prompts and over the multipliers as they stand,
so that another language computes the same; `tests/vectors/estimate/sequential.json` pins both.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from kept.core.estimate.clusters import tally
from kept.core.estimate.records import LEVEL, Estimate, check_level, none_assessed
from kept.errors import Invalid

BETTING = "betting"
Decision = Literal["below", "above", "open"]

# (odds multiplier, share of the stake). Most is staked on a rate of about a tenth, or about four times, of the bound:
# what a test should tell apart quickly; the small stakes near 1 refute any other rate in the end.
BELOW = tuple(
    (1 / odds, stake)
    for odds, stake in ((14, 0.8), (5, 0.12), (2.5, 0.03), (1.6, 0.02), (1.2, 0.015), (1.07, 0.01), (1.02, 0.005))
)
ABOVE = ((12.0, 0.1), (5.0, 0.58), (2.5, 0.22), (1.6, 0.06), (1.2, 0.025), (1.07, 0.01), (1.02, 0.005))
Stakes = tuple[tuple[float, float], ...]


class Stop(NamedTuple):
    """What is decided about a rate and its bound, and after how many prompts; "open": after all of them, nothing."""

    decision: Decision
    prompts: int


@dataclass(slots=True)
class Bettor:
    """The capital of one mixture, as logarithms of each bettor's winnings before the bound is known."""

    stakes: Stakes
    n: int = 0
    winnings: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.winnings = [0.0] * len(self.stakes)

    def see(self, share: float) -> None:
        """Take one observation, from 0 to 1."""
        self.n += 1
        for place, (multiplier, _) in enumerate(self.stakes):
            self.winnings[place] += math.log(1 + (multiplier - 1) * share)

    def log_capital(self, mean: float) -> float:
        """The logarithm of the capital against the mean `mean`, strictly between 0 and 1; it began at 0."""
        logs = [
            math.log(stake) + won - self.n * math.log(1 + (multiplier - 1) * mean)
            for (multiplier, stake), won in zip(self.stakes, self.winnings, strict=True)
        ]
        most = max(logs)
        total = 0.0
        for one in logs:
            total += math.exp(one - most)
        return most + math.log(total)


class SequentialTest:
    """Compares a rate with a bound after every prompt, and may stop at the first answer.

    Whenever one looks, and whatever made one stop: "below" is said with a probability of at most `alpha` although the
    rate is at or above the bound, and "above" with a probability of at most `alpha` although it is at or below.
    Raises Invalid for a bound or an alpha outside (0, 1).
    """

    def __init__(self, *, bound: float, alpha: float) -> None:
        _check_share(bound, "bound")
        _check_share(alpha, "alpha")
        self.bound, self.alpha = bound, alpha
        self.decision: Decision = "open"
        self.prompts = 0
        self._below, self._above = Bettor(BELOW), Bettor(ABOVE)

    def add(self, outcomes: str) -> Decision:
        """Take the next prompt, one character per trial ("" was not tried); a decision that was made stays.

        Raises Invalid for an outcome other than "s", "r" or "u".
        """
        if self.decision == "open":
            self.prompts += 1
            _see(outcomes, self._below, self._above)
            if self._below.n:
                self._decide()
        return self.decision

    def _decide(self) -> None:
        enough = -math.log(self.alpha)
        if self._below.log_capital(self.bound) >= enough:
            self.decision = "below"
        elif self._above.log_capital(self.bound) >= enough:
            self.decision = "above"


def stopping_point(clusters: Iterable[str], *, bound: float, alpha: float) -> Stop:
    """Where `SequentialTest` stops on these prompts in their order; raises Invalid as it does.

    Prompts after the decision are not read.
    """
    test = SequentialTest(bound=bound, alpha=alpha)
    for cluster in clusters:
        if test.add(cluster) != "open":
            break
    return Stop(test.decision, test.prompts)


def anytime(clusters: Iterable[str], *, level: float = LEVEL) -> Estimate:
    """The rate among assessed trials with an interval that holds at `level` for every prompt at once.

    So it also holds where a stopping rule looked at the outcomes. Each end has an error of (1 - level) / 2: at the
    level 1 - 2 * alpha, the bound lies outside at the prompt at which `stopping_point` decides. The unassessed widen
    it on both sides. What it covers is the mean over prompts of the share that succeeded.
    Raises Invalid for a level outside (0, 1) or an outcome other than "s", "r" or "u".
    """
    check_level(level)
    below, above = Bettor(BELOW), Bettor(ABOVE)
    successes = n = unassessed = 0
    for cluster in clusters:
        succeeded, assessed, not_assessed = _see(cluster, below, above)
        successes, n, unassessed = successes + succeeded, n + assessed, unassessed + not_assessed
    if n == 0:
        return none_assessed(level, unassessed)
    enough = -math.log((1 - level) / 2)
    low, high = _crossing(above, enough, rising=False), _crossing(below, enough, rising=True)
    value = successes / n
    return Estimate(value, min(low, value), max(high, value), level, n, BETTING, unassessed)


def _see(outcomes: str, below: Bettor, above: Bettor) -> tuple[int, int, int]:
    succeeded, assessed, unassessed = tally(outcomes)
    trials = assessed + unassessed
    if trials:
        below.see((succeeded + unassessed) / trials)
        above.see(succeeded / trials)
    return succeeded, assessed, unassessed


def _crossing(bettor: Bettor, enough: float, *, rising: bool) -> float:
    """The end of the interval of means at which the capital is not `enough`, by bisection on (0, 1)."""
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        if (bettor.log_capital(middle) >= enough) == rising:
            high = middle
        else:
            low = middle
    return high if rising else low


def _check_share(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, float) or not 0 < value < 1:
        raise Invalid(f"The {name} {value!r} is not between 0 and 1.", code="estimate.share")
