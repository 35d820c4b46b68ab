"""Means from few labels and many predictions, when the labelled items are a random part of the test set."""

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from kept.core.estimate.intervals import exact_bounds
from kept.core.estimate.observations import names, numbers
from kept.core.estimate.records import LEVEL, Estimate
from kept.core.estimate.robust import Labels, Range, Sample, read, refused
from kept.errors import Invalid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PREDICTION_POWERED = "prediction-powered"


def prediction_powered(
    labels: "Sequence[Any] | NDArray[Any]",
    predictions: "Sequence[Any] | NDArray[Any]",
    *,
    clusters: Labels | None = None,
    tuned: bool = True,
    within: Range = (0.0, 1.0),
    level: float = LEVEL,
) -> Estimate:
    """The mean label of a test set of which a random part is labelled and a judge predicted every item.

    `labels` holds nan where an item has none; `predictions` a number for each. With n labelled and N other items,

        mean(labels) + weight * (mean of the N predictions - mean of the n predictions)

    is unbiased whatever the judge does (Angelopoulos et al., arXiv 2301.09633). The weight is 1, or, when `tuned`,
    cov(labels, predictions) / ((1 + n / N) var(predictions)) within [0, 1] (PPI++, arXiv 2311.01453, section 6), so
    that a useless judge costs nothing. The variance adds up each item's influence, over clusters where they are
    given; Student's t on (clusters with a label) - 1 degrees of freedom. Few labels hardly show how a good judge
    errs, so that range^2 / (n clusters) is added, one error more: without it, rates of .05 were covered 85 to 93
    times of 100. Where no label differs from its prediction, the bounds are wider by the share of clusters that may
    still differ (Clopper & Pearson). `n` counts labels, `unassessed` the rest.
    Fewer than two labels, or labels of one cluster, are inconclusive. Raises Invalid for lengths that differ, a
    missing prediction, numbers outside `within`, or a level that is none.
    """
    said = numbers(predictions, "The predictions")
    named = names(range(said.size) if clusters is None else clusters, said.size)
    sample = read(labels, (named,), within=within, level=level)
    given = numbers(labels, "The labels")
    if not ((said >= within[0]) & (said <= within[1])).all():
        raise Invalid("A prediction is missing, or outside the range of the labels.", code="estimate.observations")
    found = refused(sample)
    if found and (min(sample.sizes, default=0) < 2 or sample.unassessed == 0):
        return found
    return _powered(sample, named, given, said, tuned=tuned)


def _powered(sample: Sample, named: list[Hashable], given: "Numbers", said: "Numbers", *, tuned: bool) -> Estimate:
    import numpy as np
    from scipy.special import stdtrit

    known = ~np.isnan(given)
    true, seen, others = given[known], said[known], said[~known]
    weight = _weight(true, seen, others.size) if tuned else float(others.size > 0)
    moved = weight * (others.mean() - seen.mean()) if others.size else 0.0
    rest = true - weight * seen
    influence = np.zeros(given.size)
    influence[known] = (rest - rest.mean()) / true.size
    if others.size:
        influence[~known] = weight * (others - others.mean()) / others.size
    sums: dict[Hashable, float] = dict.fromkeys(named, 0.0)
    for name, one in zip(named, influence.tolist(), strict=True):
        sums[name] += one
    count, (low, high) = sample.sizes[0], sample.within
    variance = count / (count - 1) * math.fsum(one * one for one in sums.values())
    unseen = 0.0
    if float(np.ptp(rest)) == 0.0:
        _, share = exact_bounds(0.0, float(count), sample.level)
        unseen = share * (high - low)
    elif others.size:
        variance += (high - low) ** 2 / (count * true.size)
    half = float(stdtrit(count - 1, 1 - (1 - sample.level) / 2)) * math.sqrt(variance) + unseen
    value = min(high, max(low, float(true.mean() + moved)))
    bounds = (min(value, max(low, value - half)), max(value, min(high, value + half)))
    return Estimate(value, *bounds, sample.level, true.size, PREDICTION_POWERED, sample.unassessed)


def _weight(true: "Numbers", seen: "Numbers", others: int) -> float:
    import numpy as np

    if not others or float(np.ptp(seen)) == 0.0:
        return 0.0
    covariance = np.cov(true, seen)
    return float(np.clip(covariance[0, 1] / ((1 + true.size / others) * covariance[1, 1]), 0.0, 1.0))
