"""Means by resampling: whole clusters are drawn, never single values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kept.core.estimate.records import LEVEL, Estimate, check_count
from kept.core.estimate.robust import Labels, Range, Sample, read, refused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

CLUSTER_BOOTSTRAP = "cluster bootstrap, BCa"
PIGEONHOLE_BOOTSTRAP = "pigeonhole bootstrap"
RESAMPLES = 4000


def cluster_bootstrap(
    values: "Sequence[Any] | NDArray[Any]",
    clusters: Labels,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    within: Range = (0.0, 1.0),
    level: float = LEVEL,
) -> Estimate:
    """The mean of `values` (nan: unassessed), with the bias-corrected accelerated interval over clusters.

    Efron (1987, J. Am. Stat. Assoc. 82:171-185); the acceleration is the jackknife's over clusters. The same seed
    gives the same interval. What `cluster_robust` calls inconclusive or all equal is so here.
    Raises Invalid as it does, and for a seed or a number of resamples that is no count.
    """
    import numpy as np
    from scipy.special import ndtr, ndtri

    sample = _read(values, (clusters,), seed, resamples, within=within, level=level)
    found = refused(sample)
    if found:
        return found
    totals, sizes = _table(sample)
    totals, sizes = totals.sum(axis=1), sizes.sum(axis=1)
    drawn = np.random.default_rng(seed).multinomial(sizes.size, np.full(sizes.size, 1 / sizes.size), resamples)
    means = np.sort((drawn @ totals) / (drawn @ sizes))
    below = (np.sum(means < sample.mean) + np.sum(means == sample.mean) / 2) / resamples
    bias = ndtri(min(max(below, 0.5 / resamples), 1 - 0.5 / resamples))
    left_out = (totals.sum() - totals) / (sizes.sum() - sizes)
    apart = left_out.mean() - left_out
    spread = 6 * np.sum(apart**2) ** 1.5
    acceleration = float(np.sum(apart**3) / spread) if spread else 0.0
    tails = ndtri(np.array([(1 - level) / 2, 1 - (1 - level) / 2])) + bias
    shares = ndtr(bias + tails / (1 - acceleration * tails))
    low, high = np.quantile(means, shares)
    return sample.estimate((float(low), float(high)), CLUSTER_BOOTSTRAP)


def two_way_bootstrap(
    values: "Sequence[Any] | NDArray[Any]",
    first: Labels,
    second: Labels,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    within: Range = (0.0, 1.0),
    level: float = LEVEL,
) -> Estimate:
    """The mean of `values`, drawing the clusters of either kind independently: the pigeonhole bootstrap.

    Owen (2007, Ann. Appl. Stat. 1:386-411): a value weighs as often as its cluster of the first kind was drawn, times
    as often as that of the second; percentiles of the means. It errs on the wide side.
    Raises Invalid as `cluster_bootstrap` does.
    """
    import numpy as np

    sample = _read(values, (first, second), seed, resamples, within=within, level=level)
    found = refused(sample)
    if found:
        return found
    totals, sizes = _table(sample)
    random = np.random.default_rng(seed)
    rows, columns = (random.multinomial(count, np.full(count, 1 / count), resamples) for count in totals.shape)
    sums = np.einsum("br,rc,bc->b", rows, totals, columns, optimize=True)
    counts = np.einsum("br,rc,bc->b", rows, sizes, columns, optimize=True)
    means = sums[counts > 0] / counts[counts > 0]
    low, high = np.quantile(means, [(1 - level) / 2, 1 - (1 - level) / 2])
    return sample.estimate((float(low), float(high)), PIGEONHOLE_BOOTSTRAP)


def _read(values: Any, clusters: Sequence[Labels], seed: int, resamples: int, **options: Any) -> Sample:
    check_count(seed, "seed")
    check_count(resamples, "resamples")
    return read(values, clusters, **options)


def _table(sample: Sample) -> "tuple[Numbers, Numbers]":
    """The sum and the number of values, by first cluster and, where there is one, second."""
    import numpy as np

    places = [
        np.unique(np.array([list(dict.fromkeys(one)).index(name) for name in one]), return_inverse=True)[1]
        for one in sample.clusters
    ]
    shape = (*sample.sizes, 1)[:2]
    index = (places[0], places[1] if len(places) > 1 else np.zeros_like(places[0]))
    totals, sizes = np.zeros(shape), np.zeros(shape)
    np.add.at(totals, index, sample.values)
    np.add.at(sizes, index, 1.0)
    return totals, sizes
