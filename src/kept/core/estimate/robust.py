"""Means of dependent numbers: standard errors that hold where values share a prompt, a name, or both."""

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kept.core.estimate.corrected import INCONCLUSIVE
from kept.core.estimate.intervals import exact_bounds
from kept.core.estimate.observations import names, numbers
from kept.core.estimate.records import LEVEL, Estimate, check_level
from kept.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLUSTER_ROBUST = "cluster-robust t"
TWO_WAY = "two-way cluster-robust t"
Range = tuple[float, float]
Labels = Sequence[Hashable]


class Sample(NamedTuple):
    """Numbers that were assessed, with the clusters of each, and how many were not."""

    values: list[float]
    clusters: tuple[list[Hashable], ...]
    unassessed: int
    within: Range
    level: float

    @property
    def mean(self) -> float:
        """The mean of what was assessed."""
        return math.fsum(self.values) / len(self.values)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many clusters there are, for each way of clustering."""
        return tuple(len(set(one)) for one in self.clusters)

    def estimate(self, bounds: Range, method: str) -> Estimate:
        """The mean with its bounds, which are kept within the range of the values and hold the mean."""
        low, high = self.within
        return Estimate(
            self.mean,
            max(low, min(bounds[0], self.mean)),
            min(high, max(bounds[1], self.mean)),
            self.level,
            len(self.values),
            method,
            self.unassessed,
        )


def cluster_robust(
    values: "Sequence[Any] | NDArray[Any]", clusters: Labels, *, within: Range = (0.0, 1.0), level: float = LEVEL
) -> Estimate:
    """The mean of `values` (nan: unassessed), which depend on one another within a cluster.

    The standard error is the square root of G / (G - 1) * sum over G clusters of (sum of deviations)^2 / n^2, with
    Student's t on G - 1 degrees of freedom (Liang & Zeger 1986; for evaluations Miller, arXiv 2411.00640).
    For rates near 0 or 1 `clustered` holds better. `within` is the range that a value can have. One cluster, or
    nothing, is inconclusive; values that are all equal give the bounds of `all_equal`. Raises Invalid for values
    outside the range, a level that is none, or clusters of another length.
    """
    sample = read(values, (clusters,), within=within, level=level)
    return refused(sample) or _student(sample, _variance(sample, sample.clusters[0]), CLUSTER_ROBUST)


def two_way_robust(
    values: "Sequence[Any] | NDArray[Any]",
    first: Labels,
    second: Labels,
    *,
    within: Range = (0.0, 1.0),
    level: float = LEVEL,
) -> Estimate:
    """The mean of `values` that depend on one another through either of two clusterings, as templates and names.

    The variance is V_first + V_second - V_both (Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29:238-249), or
    the larger of the first two where that is not above it; Student's t on min(G) - 1 degrees of freedom. A clustering
    of one cluster is inconclusive. Raises Invalid as `cluster_robust` does.
    """
    sample = read(values, (first, second), within=within, level=level)
    found = refused(sample)
    if found:
        return found
    one, other = (_variance(sample, clusters) for clusters in sample.clusters)
    both = _variance(sample, list(zip(*sample.clusters, strict=True)))
    return _student(sample, max(one, other, one + other - both), TWO_WAY)


def read(values: "Sequence[Any] | NDArray[Any]", clusters: Iterable[Labels], *, within: Range, level: float) -> Sample:
    """The values that were assessed, with their clusters; raises Invalid."""
    check_level(level)
    held = numbers(values, "The values")
    if not ((held >= within[0]) & (held <= within[1]) | (held != held)).all():
        raise Invalid(f"A value lies outside {within[0]} to {within[1]}.", code="estimate.observations")
    named = [names(one, held.size) for one in clusters]
    assessed = [place for place, value in enumerate(held.tolist()) if value == value]
    kept = tuple([one[place] for place in assessed] for one in named)
    return Sample([float(held[place]) for place in assessed], kept, held.size - len(assessed), within, level)


def refused(sample: Sample) -> Estimate | None:
    """The estimate where no standard error can be computed; None where it can."""
    low, high = sample.within
    n, unassessed = len(sample.values), sample.unassessed
    if n == 0:
        return Estimate((low + high) / 2, low, high, sample.level, 0, f"{INCONCLUSIVE}: none assessed", unassessed)
    if min(sample.sizes) == 1:
        return Estimate(sample.mean, low, high, sample.level, n, f"{INCONCLUSIVE}: a single cluster", unassessed)
    if min(sample.values) == max(sample.values):
        return all_equal(sample)
    return None


def all_equal(sample: Sample) -> Estimate:
    """Where all values are the same, their spread is not known, but how often another value can occur is.

    With k clusters alike, Clopper & Pearson bound the share of clusters that differ by u = 1 - ((1 - level) / 2)^(1/k),
    and the mean moves by at most u of the way to either end of the range.
    """
    (low, high), value = sample.within, sample.values[0]
    k = min(sample.sizes)
    _, share = exact_bounds(0.0, float(k), sample.level)
    return sample.estimate(
        (value - share * (value - low), value + share * (high - value)), "clopper-pearson, all equal"
    )


def _variance(sample: Sample, clusters: Sequence[Hashable]) -> float:
    mean, sums = sample.mean, dict.fromkeys(clusters, 0.0)
    for value, cluster in zip(sample.values, clusters, strict=True):
        sums[cluster] += value - mean
    count = len(sums)
    return count / (count - 1) * math.fsum(one * one for one in sums.values()) / len(sample.values) ** 2


def _student(sample: Sample, variance: float, method: str) -> Estimate:
    from scipy.special import stdtrit

    quantile = float(stdtrit(min(sample.sizes) - 1, 1 - (1 - sample.level) / 2))
    half = quantile * math.sqrt(variance)
    return sample.estimate((sample.mean - half, sample.mean + half), method)
