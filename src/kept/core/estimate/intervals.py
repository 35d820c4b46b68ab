"""Intervals for independent trials."""

import math

from kept.core.estimate.records import LEVEL, Estimate, check_count, check_level, none_assessed
from kept.errors import Invalid

CLOPPER_PEARSON = "clopper-pearson"
WILSON = "wilson"


def clopper_pearson(successes: int, n: int, *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """The exact interval for independent trials (Clopper & Pearson 1934): coverage is never below `level`.

    `n` counts assessed trials. Raises Invalid for impossible counts or a level outside (0, 1).
    """
    check_counts(successes, n, level=level, unassessed=unassessed)
    if n == 0:
        return none_assessed(level, unassessed)
    low, high = exact_bounds(float(successes), float(n), level)
    return Estimate(successes / n, low, high, level, n, CLOPPER_PEARSON, unassessed)


def wilson(successes: int, n: int, *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """The score interval for independent trials (Wilson 1927), without continuity correction.

    Its mean coverage is near `level`; it may dip below. Raises Invalid as `clopper_pearson` does.
    """
    check_counts(successes, n, level=level, unassessed=unassessed)
    if n == 0:
        return none_assessed(level, unassessed)
    from scipy.special import ndtri

    z = float(ndtri(1 - (1 - level) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, level, n, WILSON, unassessed)


def exact_bounds(successes: float, n: float, level: float) -> tuple[float, float]:
    """The Clopper-Pearson bounds, also for counts that are not whole: quantiles of the beta distribution."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    share = successes / n
    return min(low, share), max(high, share)


def check_counts(successes: int, n: int, *, level: float, unassessed: int) -> None:
    """Raises Invalid for a level or counts that cannot be."""
    check_level(level)
    for count, name in ((successes, "successes"), (n, "n"), (unassessed, "unassessed")):
        check_count(count, name)
    if successes > n:
        raise Invalid(f"{successes} successes in {n} trials cannot be.", code="estimate.count")
