"""How far judges agree beyond chance: Cohen's kappa for two, Fleiss' kappa and Krippendorff's alpha for more.

Each is an `Estimate` from -1 to 1, `n` counts the items on which it rests. Where nobody used a second category,
agreement by chance is certain and the measure says nothing: the value is 0 in [-1, 1], and the method says so.
Where nobody disagreed, the usual variance is zero, which no finite sample can bear out: the lower bound then takes
the exact lower bound of the share of items agreed on (Clopper & Pearson 1934) in place of 1.
"""

import math
from collections.abc import Callable, Sequence

from kept.core.estimate import LEVEL, Estimate, clopper_pearson
from kept.errors import Invalid

COHEN = "cohen-kappa"
FLEISS = "fleiss-kappa"
KRIPPENDORFF = "krippendorff-alpha"
ONE_CATEGORY = ": one category only"
TOO_FEW = ": too few items"


def cohen_kappa(table: Sequence[Sequence[int]], *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """Agreement of two raters; `table[i][j]` counts the items that the first put into category i, the second into j.

    Cohen (1960); the interval is normal with the variance of Fleiss, Cohen & Everitt (1969, Psychological Bulletin
    72:323-327, equation 13). Raises Invalid for a table that is not square, or counts that are none.
    """
    _check_table(table)
    n = sum(map(sum, table))
    if n == 0:
        return _unknown(COHEN + TOO_FEW, level, n, unassessed)
    share = [[count / n for count in row] for row in table]
    rows = [sum(row) for row in share]
    columns = [sum(column) for column in zip(*share, strict=True)]
    observed = sum(share[at][at] for at in range(len(share)))
    expected = sum(row * column for row, column in zip(rows, columns, strict=True))
    if expected >= 1:
        return _unknown(COHEN + ONE_CATEGORY, level, n, unassessed)
    kappa = (observed - expected) / (1 - expected)
    if sum(table[at][at] for at in range(len(table))) == n:
        return Estimate(kappa, _unanimous(n, expected, level), 1.0, level, n, COHEN, unassessed)
    half = _normal(level) * math.sqrt(_cohen_variance(share, rows, columns, kappa, expected) / n)
    return Estimate(kappa, max(-1.0, kappa - half), min(1.0, kappa + half), level, n, COHEN, unassessed)


def fleiss_kappa(counts: Sequence[Sequence[int]], *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """Agreement of a fixed number of raters; `counts[i][j]` counts the raters who put item i into category j.

    Fleiss (1971, Psychological Bulletin 76:378-382); the interval is the jackknife's over items, with Student's t.
    Raises Invalid where items have different numbers of raters, or fewer than two.
    """
    _check_counts(counts)
    raters = {sum(row) for row in counts}
    if len(raters) > 1 or (raters and min(raters) < 2):
        raise Invalid("Fleiss' kappa asks for the same number of raters, at least two, on every item.", code=_CODE)
    return _over_items(counts, _fleiss, method=FLEISS, level=level, unassessed=unassessed)


def krippendorff_alpha(counts: Sequence[Sequence[int]], *, level: float = LEVEL, unassessed: int = 0) -> Estimate:
    """Agreement of any number of raters for categories without an order; an item may lack some raters.

    `counts[i][j]` counts the raters who put item i into category j; an item with fewer than two says nothing and is
    passed over. Krippendorff (2011, Computing Krippendorff's Alpha-Reliability, section C); the interval is the
    jackknife's over items, with Student's t. Raises Invalid for counts that are none.
    """
    _check_counts(counts)
    paired = [row for row in counts if sum(row) >= 2]
    return _over_items(paired, _alpha, method=KRIPPENDORFF, level=level, unassessed=unassessed)


def _cohen_variance(
    share: Sequence[Sequence[float]], rows: Sequence[float], columns: Sequence[float], kappa: float, expected: float
) -> float:
    """n times the variance of kappa."""
    places = range(len(share))
    agreeing = sum(share[at][at] * (1 - (rows[at] + columns[at]) * (1 - kappa)) ** 2 for at in places)
    differing = sum(share[i][j] * (columns[i] + rows[j]) ** 2 for i in places for j in places if i != j)
    less = kappa - expected * (1 - kappa)
    return max(0.0, agreeing + (1 - kappa) ** 2 * differing - less * less) / (1 - expected) ** 2


# What an item brings to a measure is added up, so that leaving one out costs no second pass over the others.
_Sums = list[float]
_Measure = Callable[[_Sums], tuple[float, float]]


def _fleiss(sums: _Sums) -> tuple[float, float]:
    """Kappa and the agreement by chance; `sums` holds items, agreement over them, and shares by category."""
    items, agreement, *categories = sums
    expected = sum((share / items) ** 2 for share in categories)
    return (agreement / items - expected) / (1 - expected) if expected < 1 else math.nan, expected


def _alpha(sums: _Sums) -> tuple[float, float]:
    """Alpha and the agreement by chance; `sums` holds pairable values, agreeing ones, and values by category."""
    values, agreeing, *categories = sums
    expected = sum(count * (count - 1) for count in categories) / (values * (values - 1)) if values > 1 else 1.0
    return (agreeing / values - expected) / (1 - expected) if expected < 1 else math.nan, expected


def _fleiss_terms(row: Sequence[int]) -> _Sums:
    raters = sum(row)
    agreement = sum(count * (count - 1) for count in row) / (raters * (raters - 1))
    return [1.0, agreement, *(count / raters for count in row)]


def _alpha_terms(row: Sequence[int]) -> _Sums:
    raters = sum(row)
    agreeing = sum(count * (count - 1) for count in row) / (raters - 1)
    return [float(raters), agreeing, *map(float, row)]


_TERMS = {FLEISS: _fleiss_terms, KRIPPENDORFF: _alpha_terms}


def _over_items(
    counts: Sequence[Sequence[int]], measure: _Measure, *, method: str, level: float, unassessed: int
) -> Estimate:
    """The measure over all items, with the jackknife's interval (Efron & Stein 1981)."""
    n = len(counts)
    if n < 2:
        return _unknown(method + TOO_FEW, level, n, unassessed)
    terms = [_TERMS[method](row) for row in counts]
    total = [math.fsum(column) for column in zip(*terms, strict=True)]
    value, expected = measure(total)
    if math.isnan(value):
        return _unknown(method + ONE_CATEGORY, level, n, unassessed)
    if all(max(row) == sum(row) for row in counts):
        return Estimate(value, _unanimous(n, expected, level), 1.0, level, n, method, unassessed)
    without = [measure([whole - part for whole, part in zip(total, term, strict=True)])[0] for term in terms]
    if any(map(math.isnan, without)):
        # One item holds all that there is of a second category: nothing is known of how far it would vary.
        return Estimate(value, -1.0, 1.0, level, n, method, unassessed)
    mean = math.fsum(without) / n
    variance = (n - 1) / n * math.fsum((each - mean) ** 2 for each in without)
    half = _student(n - 1, level) * math.sqrt(variance)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), level, n, method, unassessed)


def _unanimous(n: int, expected: float, level: float) -> float:
    """The lower bound where all n items were agreed on."""
    return max(-1.0, (clopper_pearson(n, n, level=level).low - expected) / (1 - expected))


def _unknown(method: str, level: float, n: int, unassessed: int) -> Estimate:
    return Estimate(0.0, -1.0, 1.0, level, n, method, unassessed)


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - (1 - level) / 2))


def _student(degrees: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - (1 - level) / 2))


_CODE = "agreement.counts"


def _check_table(table: Sequence[Sequence[int]]) -> None:
    _check_counts(table)
    if any(len(row) != len(table) for row in table):
        raise Invalid("A table of two raters has as many rows as columns.", code=_CODE)


def _check_counts(counts: Sequence[Sequence[int]]) -> None:
    if len({len(row) for row in counts}) > 1:
        raise Invalid("Not every item is counted over the same categories.", code=_CODE)
    for row in counts:
        for count in row:
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise Invalid(f"{count!r} is not a number of raters.", code=_CODE)
