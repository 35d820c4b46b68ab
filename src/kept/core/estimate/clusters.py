"""Intervals for trials of one prompt, which are not independent: a prompt is a cluster.

Outcomes of one prompt are written as a string, one character per trial: "s" succeeded, "r" resisted, "u" unassessed.
"""

import math
from collections.abc import Iterable, Sequence
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
    held = [(successes, assessed) for successes, assessed in counts if assessed]
    n, total, k = sum(assessed for _, assessed in held), sum(successes for successes, _ in held), len(held)
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
    counts, unassessed = [], 0
    known: dict[str, tuple[int, int, int]] = {}
    for cluster in clusters:
        found = known.get(cluster) if isinstance(cluster, str) else None
        if found is None:
            found = known[cluster] = tally(cluster)
        counts.append(found[:2])
        unassessed += found[2]
    if any(assessed > 1 for _, assessed in counts):
        return clustered(counts, level=level, unassessed=unassessed)
    successes, assessed = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return clopper_pearson(successes, assessed, level=level, unassessed=unassessed)


def tally(cluster: object) -> tuple[int, int, int]:
    """Successes, assessed and unassessed trials of one prompt; raises Invalid."""
    if not isinstance(cluster, str) or not OUTCOMES.issuperset(cluster):
        raise Invalid(
            f"The outcomes {str(cluster)[:40]!r} hold something else than s, r and u.",
            code="estimate.outcome",
            hint='Write one string per prompt, one of "s", "r" or "u" per trial.',
        )
    assessed = cluster.count("s") + cluster.count("r")
    return cluster.count("s"), assessed, len(cluster) - assessed


def worst_case(clusters: Iterable[str], *, level: float = LEVEL) -> Estimate:
    """The rate if every unassessed trial had succeeded; what a gate looks at."""
    held = list(clusters)
    found = rate((cluster.replace("u", "s") if isinstance(cluster, str) else cluster for cluster in held), level=level)
    if found.n == 0:
        return found
    return replace(found, method=WORST_CASE + found.method, unassessed=sum(cluster.count("u") for cluster in held))


def effective_size(held: Sequence[tuple[int, int]], total: int, n: int, level: float) -> float:
    """The number of independent trials that would say as much about the rate (see `clustered`)."""
    from scipy.special import stdtrit

    share, k = total / n, len(held)
    squares = math.fsum((successes - share * assessed) ** 2 for successes, assessed in held)
    variance = k / (k - 1) * squares / (n * n)
    if variance == 0:
        return float(n)
    quantile = 1 - (1 - level) / 2
    shrink = float(stdtrit(n - 1, quantile)) / float(stdtrit(k - 1, quantile))
    return min(float(n), share * (1 - share) / variance * shrink * shrink)
