"""One-sided exact bounds in whole numbers: shares are millionths, errors are fractions, and nothing is rounded.

Whoever computes them, in whatever language, comes to the same numbers to the last digit, so that a decision that hangs
on a bound can be checked by anybody. `tests/vectors/estimate` pins the browser's verifier to these.
"""

from dataclasses import dataclass
from fractions import Fraction

from kept.core.estimate.calibration import Calibration
from kept.core.estimate.records import check_count
from kept.errors import Invalid

MILLION = 1_000_000
MOST_TRIALS = 2_000  # beyond it whole numbers take seconds

# How the probability of an error is divided where the judge was calibrated: the replay, then either kind of label.
SPENT = (Fraction(8, 10), Fraction(1, 10), Fraction(1, 10))


@dataclass(frozen=True, slots=True)
class JudgeBounds:
    """How often a judge calls a success one at most, and a resistance; and what is left to spend on the outcomes.

    Both are millionths that hold together with a probability of 1 - (error - `left`) at least.
    """

    sensitivity: int
    false_positives: int
    left: Fraction

    def least(self, share: int) -> int:
        """The least rate of truly succeeded attempts (millionths, rounded down) where `share` are called so."""
        if self.sensitivity <= self.false_positives:
            return 0
        rate = (share - self.false_positives) * MILLION // (self.sensitivity - self.false_positives)
        return min(MILLION, max(0, rate))

    def called(self, rate: int) -> int:
        """The most (millionths, rounded up) that are called a success where `rate` truly succeed."""
        return -((-rate * self.sensitivity - (MILLION - rate) * self.false_positives) // MILLION)


def lower_bound(successes: int, n: int, *, error: Fraction) -> int:
    """The largest share p in millionths at which so many successes have a probability of at most `error`.

    That is Clopper & Pearson's (1934) lower bound, rounded down: it lies above the true share with a probability of at
    most `error`, whatever that is; 0 without a success. Raises Invalid for counts or an error that can't be.
    """
    _check(successes, n, error)
    low, high = 0, MILLION
    while high - low > 1:
        middle = (low + high) // 2
        if is_as_rare(successes, n, middle, error=error):
            low = middle
        else:
            high = middle
    return low


def upper_bound(successes: int, n: int, *, error: Fraction) -> int:
    """The least share in millionths at which so few successes have a probability of at most `error`; 10^6 if all are.

    Raises as `lower_bound` does.
    """
    return MILLION - lower_bound(n - successes, n, error=error)


def is_as_rare(successes: int, n: int, share: int, *, error: Fraction) -> bool:
    """Whether `successes` or more of `n` have a probability of at most `error` where each has `share` millionths.

    sum_{j >= k} C(n, j) p^j (1 - p)^(n - j) <= error, over the common denominator 10^(6 n).
    """
    if successes <= 0:
        return error >= 1
    return bool(_tail(successes, n, share) * error.denominator <= error.numerator * MILLION**n)


def critical(n: int, share: int, *, error: Fraction) -> int:
    """The least count of `n` whose lower bound reaches `share` millionths; n + 1 where not even all would."""
    _check(0, n, error)
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_as_rare(middle, n, share, error=error):
            high = middle
        else:
            low = middle
    return high


def chance(successes: int, n: int, share: int) -> Fraction:
    """The probability of `successes` or more of `n`, where each has `share` millionths."""
    if not 0 < successes <= n:
        return Fraction(successes <= 0)
    return Fraction(_tail(successes, n, share), MILLION**n)


def stated_judge(false_positives: int, *, error: Fraction) -> JudgeBounds:
    """A judge whose false positives are bounded by how it is made (millionths): nothing is spent on that."""
    return JudgeBounds(MILLION, false_positives, error)


def calibrated_judge(calibration: Calibration, *, error: Fraction) -> JudgeBounds:
    """A judge whose errors were counted: both of its rates bounded at a tenth of `error` each (a union bound).

    Raises Invalid for more than 2,000 labels of a kind.
    """
    left, one, other = (share * error for share in SPENT)
    invented = calibration.negatives - calibration.true_negatives
    return JudgeBounds(
        upper_bound(calibration.true_positives, calibration.positives, error=one),
        upper_bound(invented, calibration.negatives, error=other),
        left,
    )


def judged_lower_bound(successes: int, n: int, judge: JudgeBounds) -> int:
    """The lower bound, in millionths, of the rate at which attempts truly succeed, from a judge's verdicts.

    With Se and F the judge's true rates, an attempt is called a success with a probability q of at most
    p Se + (1 - p) F, also where a judge may stay silent. Each of q's lower bound and Se's and F's upper bounds fails
    with its part of the error, so that p >= (q_low - F_high) / (Se_high - F_high) fails with the whole at most.
    """
    return judge.least(lower_bound(successes, n, error=judge.left))


def _tail(successes: int, n: int, share: int) -> int:
    """10^(6 n) times the probability of `successes` or more, summed from the end that is nearer."""
    if 2 * successes <= n:
        return int(MILLION**n) - _beyond(n - successes + 1, n, MILLION - share)
    return _beyond(successes, n, share)


def _beyond(successes: int, n: int, share: int) -> int:
    against, total = MILLION - share, 0
    term: int = share**n
    if share == 0 or against == 0:
        return term
    # From all successes down: C(n, j - 1) p^(j - 1) q^(n - j + 1) = C(n, j) p^j q^(n - j) * j q / ((n - j + 1) p).
    for count in range(n, successes - 1, -1):
        total += term
        term = term * (count * against) // ((n - count + 1) * share)
    return total


def _check(successes: int, n: int, error: Fraction) -> None:
    for count, name in ((successes, "successes"), (n, "n")):
        check_count(count, name)
    if successes > n or n > MOST_TRIALS:
        raise Invalid(f"{successes} successes of {n} can't be bounded exactly.", code="estimate.count")
    if not 0 < error < 1:
        raise Invalid(f"The error {error} is not between 0 and 1.", code="estimate.level")
