"""The same prompts put to two models: the difference of their rates, and whether it could be none."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kept.core.estimate.clusters import tally
from kept.core.estimate.corrected import INCONCLUSIVE, PRIOR_CLUSTERS
from kept.core.estimate.records import LEVEL, Estimate, check_level
from kept.errors import Invalid

NEWCOMBE = "newcombe, paired"
NEWCOMBE_CLUSTERED = "newcombe, paired, clustered"
Pair = tuple[str, str]


class Table(NamedTuple):
    """Trials of which both were assessed: both succeeded, only the first, only the second, neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def n(self) -> int:
        """How many pairs."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether a difference is shown to lie strictly within -margin to margin."""

    estimate: Estimate
    margin: float
    holds: bool


def paired_difference(pairs: Iterable[Pair], *, level: float = LEVEL) -> Estimate:
    """The second rate of success minus the first, over prompts that both models were given.

    A pair holds the outcomes of one prompt, one character per trial, in the same order; a trial counts where both are
    assessed. The interval is Newcombe's for paired proportions (1998, Stat. Med. 17:2635-2650, method 10: Wilson's
    limits of both rates, combined with the corrected phi). Where prompts were tried more than once, all counts are
    scaled by n_e / n, as in `corrected_rate`, with the design effect of the difference, and m the prompts that hold a
    pair which differs. `n` counts pairs of trials.
    No pair, or trials of a single prompt, are inconclusive, in [-1, 1]. Raises Invalid for an unknown outcome, a
    prompt with another number of trials on either side, or a level that is none.
    """
    check_level(level)
    tables, unassessed, grouped = _tables(pairs)
    total = Table(*(sum(column) for column in zip(*tables, strict=True))) if tables else Table(0, 0, 0, 0)
    if total.n == 0:
        return Estimate(0.0, -1.0, 1.0, level, 0, f"{INCONCLUSIVE}: none assessed", unassessed)
    value = (total.second - total.first) / total.n
    if grouped and len(tables) == 1:
        return Estimate(value, -1.0, 1.0, level, total.n, f"{INCONCLUSIVE}: a single prompt", unassessed)
    low, high = _newcombe(total, _effective(tables, value, total.n) / total.n, level)
    method = NEWCOMBE_CLUSTERED if grouped else NEWCOMBE
    return Estimate(value, min(low, value), max(high, value), level, total.n, method, unassessed)


def equivalence(pairs: Iterable[Pair], *, margin: float, alpha: float = 0.05) -> Equivalence:
    """Whether two models succeed equally often, up to `margin`: two one-sided tests, each at `alpha`.

    It holds where the interval of `paired_difference` at the level 1 - 2 * alpha lies strictly within the margin
    (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657-680). Raises Invalid for a margin or an alpha that is none,
    or as `paired_difference` does.
    """
    for value, name, most in ((margin, "margin", 1.0), (alpha, "alpha", 0.5)):
        if isinstance(value, bool) or not isinstance(value, float) or not 0 < value < most:
            raise Invalid(f"The {name} {value!r} is not between 0 and {most}.", code="estimate.share")
    found = paired_difference(pairs, level=1 - 2 * alpha)
    return Equivalence(found, margin, -margin < found.low and found.high < margin)


def sign_test(pairs: Iterable[Pair]) -> float:
    """The chance of as many prompts, or more, at which the second succeeds oftener, if either were as likely to.

    The exact one-sided binomial test on the signs of the prompts' differences, ties left out; with one trial per
    prompt it is McNemar's exact test (1947). It holds however the trials of a prompt depend on one another.
    1 where all are ties. Raises Invalid as `paired_difference` does.
    """
    tables, _, _ = _tables(pairs)
    signs = [table.second - table.first for table in tables if table.second != table.first]
    more = sum(sign > 0 for sign in signs)
    if more == 0:
        return 1.0
    from scipy.special import betainc

    return float(betainc(more, len(signs) - more + 1, 0.5))


def benjamini_hochberg(chances: Mapping[str, float]) -> dict[str, float]:
    """Each p-value adjusted for how many there are: those at most q are discoveries at a false discovery rate of q.

    Benjamini & Hochberg (1995, J. R. Stat. Soc. B 57:289-300); valid where the tests are independent or positively
    dependent. Raises Invalid for a p-value outside [0, 1].
    """
    if any(not 0 <= chance <= 1 for chance in chances.values()):
        raise Invalid("A p-value is not between 0 and 1.", code="estimate.share")
    ranked = sorted(chances.items(), key=lambda one: one[1], reverse=True)
    adjusted, least = {}, 1.0
    for place, (name, chance) in enumerate(ranked):
        least = min(least, chance * len(ranked) / (len(ranked) - place))
        adjusted[name] = least
    return {name: adjusted[name] for name in chances}


def _tables(pairs: Iterable[Pair]) -> tuple[list[Table], int, bool]:
    """The table of each prompt with an assessed pair, how many pairs are unassessed, and whether a prompt repeats."""
    tables, unassessed, grouped = [], 0, False
    for first, second in pairs:
        tally(first)
        tally(second)
        if len(first) != len(second):
            raise Invalid(
                f"A prompt was tried {len(first)} and {len(second)} times, so that its trials are no pairs.",
                code="estimate.pairs",
            )
        seen = list(zip(first, second, strict=True))
        table = Table(*(seen.count(one) for one in (("s", "s"), ("s", "r"), ("r", "s"), ("r", "r"))))
        unassessed += len(seen) - table.n
        grouped = grouped or len(seen) > 1
        if table.n:
            tables.append(table)
    return tables, unassessed, grouped


def _effective(tables: Sequence[Table], value: float, n: int) -> float:
    """How many independent pairs would say as much about the difference."""
    k = len(tables)
    repeated = sum(table.n * table.n for table in tables) / n
    if repeated == 1:
        return float(n)
    alone = sum(table.first + table.second for table in tables) / n - value * value
    if alone <= 0:
        return n / repeated
    squares = math.fsum((table.second - table.first - value * table.n) ** 2 for table in tables)
    design = k / (k - 1) * squares / n / alone
    telling = sum(table.first + table.second > 0 for table in tables)
    return n / max(1.0, (telling * design + PRIOR_CLUSTERS * repeated) / (telling + PRIOR_CLUSTERS))


def _newcombe(total: Table, scale: float, level: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z, n = float(ndtri(1 - (1 - level) / 2)), total.n * scale
    both, first, second, neither = (count * scale for count in total)
    before, after = (both + first) / n, (both + second) / n
    (low_before, high_before), (low_after, high_after) = (_wilson(share, n, z) for share in (before, after))
    phi = _phi(both, first, second, neither, n)
    value = after - before

    def reach(up: float, down: float) -> float:
        return math.sqrt(max(0.0, up * up - 2 * phi * up * down + down * down))

    return value - reach(after - low_after, high_before - before), value + reach(
        high_after - after, before - low_before
    )


def _phi(both: float, first: float, second: float, neither: float, n: float) -> float:
    """The correlation of the two outcomes, drawn to 0 by half a count where it is positive (Newcombe's correction)."""
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    if product == 0:
        return 0.0
    told = both * neither - first * second
    told = max(told - n / 2, 0.0) if told > 0 else told
    return told / math.sqrt(product)


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
