"""A rate that a judge measured, without the judge's errors, and with the uncertainty of both."""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kept.core.estimate.calibration import Calibration
from kept.core.estimate.clusters import WORST_CASE, tally
from kept.core.estimate.observations import Counts, counts
from kept.core.estimate.records import LEVEL, Estimate, check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANG_REICZIGEL = "lang-reiczigel"
CLUSTERED = "lang-reiczigel, clustered"
INCONCLUSIVE = "inconclusive"
PRIOR_CLUSTERS = 2


def corrected_rate(
    outcomes: "Sequence[Any] | NDArray[Any]",
    calibration: Calibration | None,
    *,
    clusters: "Sequence[Hashable] | NDArray[Any] | None" = None,
    level: float = LEVEL,
) -> Estimate:
    """The rate of success among assessed outcomes, corrected for a judge whose errors `calibration` measured.

    `outcomes` holds what the judge said: 1 succeeded, 0 resisted, nan unassessed; `clusters` names the prompt of each,
    where prompts were tried more than once. The value is that of Rogan & Gladen (1978), (p + Sp - 1) / (Se + Sp - 1),
    kept within [0, 1]. The interval is that of Lang & Reiczigel (2014, Prev Vet Med 113:13-22), which carries the
    errors of Se and Sp too. With n outcomes, k clusters of n_i outcomes, and z the normal quantile:

        d   = design effect of p: its linearised variance over clusters (as in `clustered`) / (p (1 - p) / n)
        D   = sum n_i^2 / n: the design effect if the outcomes of a cluster repeated one another
        n_e = n / max(1, (m d + 2 D) / (m + 2)), with m the number of clusters that hold the rarer outcome;
              d = D where p is 0 or 1, and n_e = n where no cluster holds two
        p'  = (n_e p + z^2 / 2) / (n_e + z^2), Se' and Sp' = (right + 1) / (labels + 2), J = Se' + Sp' - 1
        r   = (p' + Sp' - 1) / J
        v   = [p'(1 - p') / (n_e + z^2), (1 - r)^2 Sp'(1 - Sp') / (negatives + 2), r^2 Se'(1 - Se') / (positives + 2)]
        bounds r + 2 z^2 (v_3 / r - v_2 / (1 - r)) -+ t sqrt(v_1 + v_2 + v_3) / J, within [0, 1]

    t is Student's quantile with Satterthwaite's degrees of freedom of the sum (k - 1, negatives + 1, positives + 1).
    The effective size follows Korn & Graubard (1998); drawing d towards D, with the weight of two clusters, holds the
    coverage where few clusters show how rates differ (measured in bench/estimates.py).

    Where there is no calibration that belongs (None), nothing was assessed, clusters are given and only one holds
    anything, or the judge can't be told from a coin at this level, the method begins with "inconclusive", the
    interval is [0, 1], and the value 0.5 wherever none can be computed.
    Raises Invalid for a calibration with Se + Sp <= 1, an outcome or a level that is none, or clusters of another
    length.
    """
    held, unassessed = counts(outcomes, clusters)
    return _corrected(held, unassessed, calibration, level, grouped=clusters is not None)


def corrected(clusters: Iterable[str], calibration: Calibration | None, *, level: float = LEVEL) -> Estimate:
    """`corrected_rate` for strings: one per prompt, "s", "r" or "u" per trial. Raises Invalid as it does."""
    held, unassessed, grouped = [], 0, False
    for cluster in clusters:
        successes, assessed, missing = tally(cluster)
        unassessed += missing
        grouped = grouped or len(cluster) > 1
        if assessed:
            held.append((successes, assessed))
    return _corrected(held, unassessed, calibration, level, grouped=grouped)


def corrected_worst_case(clusters: Iterable[str], calibration: Calibration | None, *, level: float = LEVEL) -> Estimate:
    """The corrected rate if every unassessed trial had truly succeeded; raises Invalid as `corrected` does."""
    found = corrected(clusters, calibration, level=level)
    if found.n == 0:
        return found
    n, unassessed = found.n, found.unassessed

    def worst(rate: float) -> float:
        return min(1.0, (rate * n + unassessed) / (n + unassessed))

    value, low, high = worst(found.value), worst(found.low), worst(found.high)
    return replace(found, value=value, low=low, high=high, n=n + unassessed, method=WORST_CASE + found.method)


def inconclusive(why: str, *, level: float, n: int = 0, unassessed: int = 0, value: float = 0.5) -> Estimate:
    """The estimate that says why there is none: anything from 0 to 1 could be."""
    return Estimate(value, 0.0, 1.0, level, n, f"{INCONCLUSIVE}: {why}", unassessed)


def _corrected(
    held: Counts, unassessed: int, calibration: Calibration | None, level: float, *, grouped: bool
) -> Estimate:
    check_level(level)
    n = sum(assessed for _, assessed in held)
    if calibration is None:
        return inconclusive("no calibration belongs to it", level=level, n=n, unassessed=unassessed)
    calibration.check_informative()
    if n == 0:
        return inconclusive("none assessed", level=level, unassessed=unassessed)
    from scipy.special import ndtri

    z = float(ndtri(1 - (1 - level) / 2))
    share = sum(successes for successes, _ in held) / n
    informed = calibration.sensitivity + calibration.specificity - 1
    value = min(1.0, max(0.0, (share + calibration.specificity - 1) / informed))
    if grouped and len(held) == 1:
        return inconclusive("a single prompt", level=level, n=n, unassessed=unassessed, value=value)
    if not calibration.tells(z):
        return inconclusive("the judge is not told from a coin", level=level, n=n, unassessed=unassessed, value=value)
    low, high = _bounds(share, _effective(held, share, n), len(held), calibration, z, level)
    method = CLUSTERED if grouped else LANG_REICZIGEL
    return Estimate(value, min(low, value), max(high, value), level, n, method, unassessed)


def _effective(held: Counts, share: float, n: int) -> float:
    k = len(held)
    repeated = sum(assessed * assessed for _, assessed in held) / n
    if repeated == 1:
        return float(n)
    if share in (0, 1):
        return n / repeated
    squares = math.fsum((successes - share * assessed) ** 2 for successes, assessed in held)
    design = k / (k - 1) * squares / n / (share * (1 - share))
    telling = min(
        sum(successes > 0 for successes, _ in held), sum(successes < assessed for successes, assessed in held)
    )
    return n / max(1.0, (telling * design + PRIOR_CLUSTERS * repeated) / (telling + PRIOR_CLUSTERS))


def _bounds(share: float, size: float, k: int, calibration: Calibration, z: float, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    seen = (size * share + z * z / 2) / (size + z * z)
    sensitivity = (calibration.true_positives + 1) / (calibration.positives + 2)
    specificity = (calibration.true_negatives + 1) / (calibration.negatives + 2)
    informed = sensitivity + specificity - 1
    rate = (seen + specificity - 1) / informed
    among_negatives = specificity * (1 - specificity) / (calibration.negatives + 2)
    among_positives = sensitivity * (1 - sensitivity) / (calibration.positives + 2)
    parts = (
        (seen * (1 - seen) / (size + z * z), max(1, k - 1)),
        ((1 - rate) ** 2 * among_negatives, calibration.negatives + 1),
        (rate * rate * among_positives, calibration.positives + 1),
    )
    variance = sum(part for part, _ in parts)
    degrees = variance * variance / sum(part * part / freedom for part, freedom in parts)
    shift = 2 * z * z * (rate * among_positives - (1 - rate) * among_negatives)
    half = float(stdtrit(degrees, 1 - (1 - level) / 2)) * math.sqrt(variance) / informed
    return _within(rate + shift - half), _within(rate + shift + half)


def _within(bound: float) -> float:
    return min(1.0, max(0.0, bound))
