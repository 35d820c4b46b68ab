"""Intervals for trials of one prompt, which are not independent: a prompt is a cluster.

Outcomes of one prompt are written as a string, one character per trial: "s" succeeded, "r" resisted, "u" unassessed.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kept.core.estimate.intervals import check_counts, clopper_pearson, exact_bounds
from kept.core.estimate.records import LEVEL, Estimate, none_assessed
from kept.errors import Invalid

KORN_GRAUBARD = "korn-graubard"
WORST_CASE = "worst case: "
OUTCOMES = frozenset("sru")


def clustered(counts: Sequence[tuple[int, int]], *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """The interval for a rate over clusters of dependent trials; `counts` holds (successes, assessed) per cluster.

    Korn & Graubard (1998, Survey Methodology 24:193-201): Clopper-Pearson with an effective sample size. Over the
    k clusters with at least one assessed trial, with x_i successes of m_i trials, n = sum m_i and p = sum x_i / n:

        var = k / (k - 1) * sum (x_i - p * m_i)^2 / n^2                 (linearised ratio, clusters as units)
        n_e = min(n, p * (1 - p) / var * (t[n - 1] / t[k - 1])^2)       (t[d]: Student quantile at 1 - (1 - level) / 2)

    and the bounds are beta quantiles with the real numbers n_e * p and n_e in place of counts. Two cases have
    no estimate of the variance and take the most cautious answer: p of 0 or 1 uses n_e = k (as if the trials of a
    cluster repeat one another), and one cluster gives [0, 1]. Raises Invalid as `clopper_pearson` does.
    """
    for successes, assessed in counts:
        check_counts(successes, assessed, level=level, unassessed=unassessed)
    check_counts(0, 0, level=level, unassessed=unassessed)
    return _clustered(Counter(counts), level=level, unassessed=unassessed)


def _clustered(alike: Mapping[tuple[int, int], int], *, level: float, unassessed: int) -> Estimate:
    """The interval for how many clusters have which (successes, assessed): most clusters are alike."""
    held = {each: times for each, times in alike.items() if each[1]}
    n = sum(assessed * times for (_, assessed), times in held.items())
    total = sum(successes * times for (successes, _), times in held.items())
    k = sum(held.values())
    if n == 0:
        return none_assessed(level, unassessed)
    if k == 1:
        return Estimate(total / n, 0.0, 1.0, level, n, KORN_GRAUBARD, unassessed)
    effective = float(k) if total in (0, n) else effective_size(held, total, n, level)
    low, high = exact_bounds(effective * (total / n) if total < n else effective, effective, level)
    return Estimate(total / n, low, high, level, n, KORN_GRAUBARD, unassessed)


def rate(clusters: Iterable[str], *, level: float = LEVEL) -> Estimate:
    """The rate of "s" among the assessed trials of all prompts; each string holds one prompt's outcomes.

    Clopper-Pearson when no prompt has more than one assessed trial, else `clustered`.
    Raises Invalid for an outcome other than "s", "r" or "u".
    """
    return _rate(_alike(clusters), level=level)


def _rate(alike: Mapping[str, int], *, level: float) -> Estimate:
    tallies = {cluster: tally(cluster) for cluster in alike}
    unassessed = sum(tallies[cluster][2] * times for cluster, times in alike.items())
    if any(assessed > 1 for _, assessed, _ in tallies.values()):
        counts: Counter[tuple[int, int]] = Counter()
        for cluster, times in alike.items():
            counts[tallies[cluster][:2]] += times
        return _clustered(counts, level=level, unassessed=unassessed)
    successes, assessed = (sum(tallies[cluster][at] * times for cluster, times in alike.items()) for at in (0, 1))
    return clopper_pearson(successes, assessed, level=level, unassessed=unassessed)


def _alike(clusters: Iterable[str]) -> Mapping[str, int]:
    try:
        return Counter(clusters)
    except TypeError as error:
        raise _odd(clusters) from error


def tally(cluster: object) -> tuple[int, int, int]:
    """Successes, assessed and unassessed trials of one prompt; raises Invalid."""
    if not isinstance(cluster, str) or not OUTCOMES.issuperset(cluster):
        raise _odd(cluster)
    assessed = cluster.count("s") + cluster.count("r")
    return cluster.count("s"), assessed, len(cluster) - assessed


def worst_case(clusters: Iterable[str], *, level: float = LEVEL) -> Estimate:
    """The rate if every unassessed trial had succeeded; what a gate looks at."""
    alike = _alike(clusters)
    worst: Counter[str] = Counter()
    for cluster, times in alike.items():
        worst[cluster.replace("u", "s") if isinstance(cluster, str) else cluster] += times
    found = _rate(worst, level=level)
    if found.n == 0:
        return found
    unassessed = sum(cluster.count("u") * times for cluster, times in alike.items())
    return replace(found, method=WORST_CASE + found.method, unassessed=unassessed)


def _odd(cluster: object) -> Invalid:
    return Invalid(
        f"The outcomes {str(cluster)[:40]!r} hold something else than s, r and u.",
        code="estimate.outcome",
        hint='Write one string per prompt, one of "s", "r" or "u" per trial.',
    )


def effective_size(held: Mapping[tuple[int, int], int], total: int, n: int, level: float) -> float:
    """The number of independent trials that would say as much about the rate (see `clustered`).

    `held` says how many clusters have which (successes, assessed).
    """
    from scipy.special import stdtrit

    share, k = total / n, sum(held.values())
    squares = math.fsum(times * (successes - share * assessed) ** 2 for (successes, assessed), times in held.items())
    variance = k / (k - 1) * squares / (n * n)
    if variance == 0:
        return float(n)
    quantile = 1 - (1 - level) / 2
    shrink = float(stdtrit(n - 1, quantile)) / float(stdtrit(k - 1, quantile))
    return min(float(n), share * (1 - share) / variance * shrink * shrink)
