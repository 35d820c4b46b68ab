"""A number with its uncertainty: no figure leaves a room bare.

Outcomes of one prompt are written as a string, one character per trial: "s" succeeded, "r" resisted,
"u" unassessed. Trials of one prompt are not independent, so a prompt is a cluster. The browser verifier
recomputes every formula here; `tests/vectors/estimate` pins both.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from kept.errors import Invalid

LEVEL = 0.95
NONE_ASSESSED = "none assessed"
CLOPPER_PEARSON = "clopper-pearson"
WILSON = "wilson"
KORN_GRAUBARD = "korn-graubard"
WORST_CASE = "worst case: "
OUTCOMES = frozenset("sru")
LARGEST = 2**53  # beyond it a JSON reader in a browser no longer counts exactly


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval at confidence `level`, from `n` assessed trials, and how many stayed unassessed.

    With nothing assessed the value is 0, the interval [0, 1] and the method "none assessed". In a worst case the
    unassessed trials count as succeeded: they are part of `n`, and `unassessed` still says how many they were.
    Raises Invalid for a number that is not finite, a value outside its interval, or a negative count.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    method: str
    unassessed: int

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise Invalid(f"The {name} of an estimate is {number!r}, not a finite number.", code="estimate.number")
        if not self.low <= self.value <= self.high:
            raise Invalid(
                f"The value {self.value} lies outside its interval [{self.low}, {self.high}].", code="estimate.interval"
            )
        _check_level(self.level)
        _check_count(self.n, "n")
        _check_count(self.unassessed, "unassessed")
        if not isinstance(self.method, str) or not self.method:
            raise Invalid("An estimate names the method of its interval.", code="estimate.method")

    def document(self) -> dict[str, Any]:
        """The estimate as plain JSON values."""
        return asdict(self)

    @classmethod
    def parse(cls, document: object) -> "Estimate":
        """The estimate that `document()` wrote; raises Invalid for any other value."""
        names = {field.name for field in fields(cls)}
        if not isinstance(document, Mapping) or set(document) != names:
            raise Invalid(f"An estimate has exactly the fields {', '.join(sorted(names))}.", code="estimate.malformed")
        return cls(**document)


def clopper_pearson(successes: int, n: int, *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """The exact interval for independent trials (Clopper & Pearson 1934): coverage is never below `level`.

    `n` counts assessed trials. Raises Invalid for impossible counts or a level outside (0, 1).
    """
    _check(successes, n, level=level, unassessed=unassessed)
    if n == 0:
        return _none(level, unassessed)
    low, high = _exact(float(successes), float(n), level)
    return Estimate(successes / n, low, high, level, n, CLOPPER_PEARSON, unassessed)


def wilson(successes: int, n: int, *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """The score interval for independent trials (Wilson 1927), without continuity correction.

    Its mean coverage is near `level`; it may dip below. Raises Invalid as `clopper_pearson` does.
    """
    _check(successes, n, level=level, unassessed=unassessed)
    if n == 0:
        return _none(level, unassessed)
    from scipy.special import ndtri

    z = float(ndtri(1 - (1 - level) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, level, n, WILSON, unassessed)


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
        _check(successes, assessed, level=level, unassessed=unassessed)
    _check(0, 0, level=level, unassessed=unassessed)
    held = [(successes, assessed) for successes, assessed in counts if assessed]
    n, total, k = sum(assessed for _, assessed in held), sum(successes for successes, _ in held), len(held)
    if n == 0:
        return _none(level, unassessed)
    if k == 1:
        return Estimate(total / n, 0.0, 1.0, level, n, KORN_GRAUBARD, unassessed)
    effective = float(k) if total in (0, n) else _effective(held, total, n, level)
    low, high = _exact(effective * (total / n) if total < n else effective, effective, level)
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
            found = known[cluster] = _tally(cluster)
        counts.append(found[:2])
        unassessed += found[2]
    if any(assessed > 1 for _, assessed in counts):
        return clustered(counts, level=level, unassessed=unassessed)
    successes, assessed = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return clopper_pearson(successes, assessed, level=level, unassessed=unassessed)


def _tally(cluster: object) -> tuple[int, int, int]:
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


def _effective(held: Sequence[tuple[int, int]], total: int, n: int, level: float) -> float:
    from scipy.special import stdtrit

    share, k = total / n, len(held)
    squares = math.fsum((successes - share * assessed) ** 2 for successes, assessed in held)
    variance = k / (k - 1) * squares / (n * n)
    if variance == 0:
        return float(n)
    quantile = 1 - (1 - level) / 2
    shrink = float(stdtrit(n - 1, quantile)) / float(stdtrit(k - 1, quantile))
    return min(float(n), share * (1 - share) / variance * shrink * shrink)


def _exact(successes: float, n: float, level: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    share = successes / n
    return min(low, share), max(high, share)


def _none(level: float, unassessed: int) -> Estimate:
    return Estimate(0.0, 0.0, 1.0, level, 0, NONE_ASSESSED, unassessed)


def _check(successes: int, n: int, *, level: float, unassessed: int) -> None:
    _check_level(level)
    for count, name in ((successes, "successes"), (n, "n"), (unassessed, "unassessed")):
        _check_count(count, name)
    if successes > n:
        raise Invalid(f"{successes} successes in {n} trials cannot be.", code="estimate.count")


def _check_count(count: object, name: str) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= LARGEST:
        raise Invalid(f"{name} is {count!r}, not a whole number from 0 to 2^53.", code="estimate.count")


def _check_level(level: object) -> None:
    if isinstance(level, bool) or not isinstance(level, float) or not 0 < level < 1:
        raise Invalid(f"The confidence level {level!r} is not between 0 and 1.", code="estimate.level")
