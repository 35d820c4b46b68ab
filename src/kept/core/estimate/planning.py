"""Before a run: what it could show, and how much it takes."""

import math

from kept.errors import Invalid

_MOST = 10**9


def detectable_difference(
    *, prompts: int, trials: int = 1, discordant: float, alike: float = 0.0, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The least difference of two rates on the same prompts that a two-sided test finds with probability `power`.

    (z[1 - alpha / 2] + z[power]) * sqrt(discordant (1 + (trials - 1) alike) / (prompts trials)): the minimum detectable
    effect of Miller (arXiv 2411.00640, section 5), whose variance of a difference is bounded by the share of
    `discordant` pairs; `alike` is the correlation of a prompt's trials. Where it exceeds `discordant`, nothing can be
    found: no difference is larger than that share. Raises Invalid for numbers outside their range.
    """
    _check(prompts, trials, (discordant, "discordant"), (alpha, "alpha"), (power, "power"), alike=alike)
    return _quantiles(alpha, power) * math.sqrt(discordant * _design(trials, alike) / (prompts * trials))


def prompts_for_difference(
    difference: float,
    *,
    trials: int = 1,
    discordant: float,
    alike: float = 0.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """The least number of prompts at which `detectable_difference` is at most `difference`; raises as it does."""
    _check(1, trials, (discordant, "discordant"), (alpha, "alpha"), (power, "power"), alike=alike)
    _share(difference, "difference")
    reach = _quantiles(alpha, power) / difference
    return max(1, math.ceil(reach * reach * discordant * _design(trials, alike) / trials * (1 - 1e-12)))


def prompts_for_bound(rate: float, bound: float, *, alpha: float = 0.05, power: float = 0.9) -> int:
    """The least fixed number of prompts whose exact one-sided test tells `rate` from `bound`.

    The test errs with a probability of at most `alpha` at the bound, and finds the rate on its side with `power` at
    least (the binomial distribution itself, by search; beyond 2,000 to a thousandth). Clopper & Pearson (1934) invert
    this test, so that for two-sided intervals alpha is halved.
    Raises Invalid for shares outside (0, 1), equal ones, or a number beyond a million.
    """
    for value, name in ((rate, "rate"), (bound, "bound"), (alpha, "alpha"), (power, "power")):
        _share(value, name)
    if rate == bound:
        raise Invalid("A rate can't be told from a bound that it equals.", code="estimate.share")
    if rate > bound:
        rate, bound = 1 - rate, 1 - bound
    n = 1
    while n <= 1_000_000:
        if _power_below(rate, bound, n, alpha) >= power:
            return n
        n += 1 if n < 2000 else max(1, n // 1000)
    raise Invalid("More than a million prompts would be needed.", code="estimate.power", hint="Take a wider bound.")


def _power_below(rate: float, bound: float, n: int, alpha: float) -> float:
    """The chance at `rate` of so few successes that at `bound` the chance of no more is at most alpha."""
    from scipy.special import bdtr, bdtrik

    most = math.floor(float(bdtrik(alpha, n, bound)) + 1e-9)
    while most >= 0 and float(bdtr(most, n, bound)) > alpha:
        most -= 1
    return float(bdtr(most, n, rate)) if most >= 0 else 0.0


def _quantiles(alpha: float, power: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2) + ndtri(power))


def _design(trials: int, alike: float) -> float:
    return 1 + (trials - 1) * alike


def _check(prompts: int, trials: int, *shares: tuple[float, str], alike: float) -> None:
    for count, name in ((prompts, "prompts"), (trials, "trials")):
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST:
            raise Invalid(f"{name} is {count!r}, not a number from 1 on.", code="estimate.count")
    for value, name in shares:
        _share(value, name)
    if not 0 <= alike <= 1:
        raise Invalid(f"alike is {alike!r}, not between 0 and 1.", code="estimate.share")


def _share(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, float) or not 0 < value < 1:
        raise Invalid(f"The {name} {value!r} is not between 0 and 1.", code="estimate.share")
