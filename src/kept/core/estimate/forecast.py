"""How far an attacker gets who tries again and again, from fewer tries."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kept.core.estimate.clusters import tally
from kept.core.estimate.corrected import inconclusive
from kept.core.estimate.records import LEVEL, Estimate, check_level
from kept.errors import Invalid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BETA_BINOMIAL = "beta-binomial, profile likelihood"
_LOGIT_MEANS = (-14.0, 8.0, 441)
_LOG_SIZES = (-5.0, 9.0, 281)


def best_of(clusters: Iterable[str], tries: int, *, level: float = LEVEL) -> Estimate:
    """The share of prompts at which at least one of `tries` succeeds, forecast from the tries that were made.

    The rates of prompts are taken to follow a beta distribution (Schaeffer et al., arXiv 2502.17578), so that successes
    are beta-binomial; with its mean m and size s, the forecast is 1 - B(m s, (1 - m) s + tries) / B(m s, (1 - m) s).
    The value is that of the most likely m and s; the interval holds the forecasts of all (m, s) whose log-likelihood
    is within half the chi-square quantile (1 degree of freedom) of the largest: the profile likelihood.
    It says nothing beyond this model: where a few prompts differ in kind from the others, it is too narrow.
    `n` counts prompts. Fewer than two prompts are inconclusive. Raises Invalid for tries below 1 or an outcome other
    than "s", "r" or "u".
    """
    check_level(level)
    if isinstance(tries, bool) or not isinstance(tries, int) or tries < 1:
        raise Invalid(f"{tries!r} is not a number of tries.", code="estimate.count")
    told = [tally(cluster) for cluster in clusters]
    counts = Counter((successes, assessed) for successes, assessed, _ in told if assessed)
    unassessed, n = sum(not assessed for _, assessed, _ in told), counts.total()
    if n < 2:
        why = "a single prompt" if n else "none assessed"
        return inconclusive(why, level=level, n=n, unassessed=unassessed)
    from scipy.special import chdtri

    value, low, high = _profile(counts, tries, drop=float(chdtri(1, 1 - level)) / 2)
    return Estimate(value, low, high, level, n, BETA_BINOMIAL, unassessed)


def _profile(counts: Counter[tuple[int, int]], tries: int, *, drop: float) -> tuple[float, float, float]:
    """The most likely forecast, and the least and the largest whose log-likelihood is at most `drop` lower."""
    import numpy as np
    from scipy.optimize import minimize

    def unlikely(point: "Numbers") -> float:
        return -float(_log_likelihood(counts, point[:1], point[1:])[0])

    logits, sizes = np.meshgrid(np.linspace(*_LOGIT_MEANS), np.linspace(*_LOG_SIZES), indexing="ij")
    likelihoods = _log_likelihood(counts, logits, sizes)
    start = np.unravel_index(int(np.argmax(likelihoods)), likelihoods.shape)
    bounds = [_LOGIT_MEANS[:2], _LOG_SIZES[:2]]
    best = minimize(unlikely, [logits[start], sizes[start]], method="Nelder-Mead", bounds=bounds)
    value = float(_forecast(best.x[:1], best.x[1:], tries)[0])
    held = _forecast(logits, sizes, tries)[likelihoods >= -best.fun - drop]
    return value, min(value, float(held.min(initial=value))), max(value, float(held.max(initial=value)))


def _log_likelihood(counts: Counter[tuple[int, int]], logits: "Numbers", sizes: "Numbers") -> "Numbers":
    import numpy as np
    from scipy.special import betaln

    a, b = _shapes(logits, sizes)
    whole = betaln(a, b)
    total = np.zeros_like(a)
    for (successes, assessed), prompts in sorted(counts.items()):
        total += prompts * (betaln(a + successes, b + assessed - successes) - whole)
    return total


def _forecast(logits: "Numbers", sizes: "Numbers", tries: int) -> "Numbers":
    import numpy as np
    from scipy.special import betaln

    a, b = _shapes(logits, sizes)
    missed: Numbers = betaln(a, b + tries) - betaln(a, b)
    return np.clip(-np.expm1(missed), 0.0, 1.0)


def _shapes(logits: "Numbers", sizes: "Numbers") -> "tuple[Numbers, Numbers]":
    import numpy as np
    from scipy.special import expit

    size = np.exp(sizes)
    return expit(logits) * size, expit(-logits) * size
