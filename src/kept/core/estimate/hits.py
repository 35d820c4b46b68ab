"""How often one of k tries at a prompt succeeds."""

import math
from collections.abc import Iterable

from kept.core.estimate.clusters import tally
from kept.core.estimate.corrected import inconclusive
from kept.core.estimate.intervals import exact_bounds
from kept.core.estimate.records import LEVEL, Estimate, check_level
from kept.errors import Invalid

NO_SPREAD = 1e-18  # of a variance of chances: what rounding alone leaves


def hit_at_k(clusters: Iterable[str], k: int, *, level: float = LEVEL) -> Estimate:
    """The mean over prompts of the chance that at least one of k tries succeeds; `n` counts prompts.

    From c successes of m assessed tries at a prompt, 1 - C(m - c, k) / C(m, k) is unbiased (Chen et al., arXiv
    2107.03374, section 2.1). The unit is the prompt: the interval is `clustered`'s, with the effective size
    p (1 - p) / (s^2 / prompts) times the square of z / t on prompts - 1 degrees of freedom.
    A prompt with fewer than k assessed tries is unassessed. One prompt is inconclusive, as is none.
    Raises Invalid for a k below 1 or an outcome other than "s", "r" or "u".
    """
    check_level(level)
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise Invalid(f"k is {k!r}, not a number of tries.", code="estimate.count")
    values, unassessed = [], 0
    for cluster in clusters:
        successes, assessed, _ = tally(cluster)
        if assessed < k:
            unassessed += 1
        else:
            values.append(1 - math.comb(assessed - successes, k) / math.comb(assessed, k))
    if not values:
        return inconclusive("none assessed", level=level, unassessed=unassessed)
    value = math.fsum(values) / len(values)
    if len(values) == 1:
        return inconclusive("a single prompt", level=level, n=1, unassessed=unassessed, value=value)
    size = _effective(values, value, level)
    low, high = exact_bounds(size * value if value < 1 else size, size, level)
    return Estimate(value, low, high, level, len(values), f"hit@{k}, prompts", unassessed)


def _effective(values: list[float], value: float, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    prompts = len(values)
    variance = math.fsum((one - value) ** 2 for one in values) / (prompts - 1) / prompts
    if variance < NO_SPREAD:
        return float(prompts)
    quantile = 1 - (1 - level) / 2
    shrink = float(ndtri(quantile)) / float(stdtrit(prompts - 1, quantile))
    return max(1.0, value * (1 - value) / variance * shrink * shrink)
